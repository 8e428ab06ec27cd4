package dev.domicile.spring;

import static dev.domicile.spring.InvalidSettingException.checked;
import static dev.domicile.spring.InvalidSettingException.required;

import dev.domicile.migrator.MigratorConfig;
import dev.domicile.router.Router;
import dev.domicile.servlet.ConnectAuthenticator;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ForgeAuthenticator;
import dev.domicile.servlet.ForgeTenants;
import dev.domicile.servlet.HookAuthenticator;
import dev.domicile.servlet.Installations;
import dev.domicile.servlet.hooks.HookConfig;
import dev.domicile.servlet.hooks.HookServlet;
import dev.domicile.servlet.hooks.MigrationHooks;
import dev.domicile.spring.DomicileProperties.Forge;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * The migration hooks, where a path says that Connect or Forge calls them. Behind both is the same
 * work, of which this node does its share for as long as the application runs.
 */
@AutoConfiguration(after = DomicileConnectAutoConfiguration.class)
@Conditional(DomicileHooksAutoConfiguration.OnPath.class)
@ConditionalOnBean({ConnectConfig.class, MigratorConfig.class})
public class DomicileHooksAutoConfiguration {
  private static final String A_PATH = "a path such as /migration";

  private final InstantSource clock = InstantSource.system();

  @Bean
  @ConditionalOnMissingBean
  HookConfig domicileHookConfig(DomicileProperties properties) {
    return Settings.hooks(properties.hooks());
  }

  /** Behind the router: what an application does before it makes one is done by then. */
  @Bean
  @ConditionalOnMissingBean
  MigrationHooks domicileMigrationHooks(
      DomicileProperties properties, MigratorConfig migrator, HookConfig config, Router router) {
    String node = Objects.requireNonNullElseGet(properties.hooks().node(), () -> thisProcess());
    return new MigrationHooks(migrator, config, node, clock);
  }

  @Bean
  @ConditionalOnProperty(prefix = "domicile.connect", name = "migration-path")
  @ConditionalOnMissingBean(name = "domicileConnectHooks")
  ServletRegistrationBean<HookServlet> domicileConnectHooks(
      DomicileProperties properties,
      ConnectConfig app,
      ConnectAuthenticator authenticator,
      MigrationHooks hooks) {
    String path =
        required("domicile.connect.migration-path", properties.connect().migrationPath(), A_PATH);
    return mounted("domicileConnectHooks", app, path, authenticator.forHooks(), hooks);
  }

  /** By Domicile's own table, where it is that which the installs are written to. */
  @Bean
  @ConditionalOnProperty(prefix = "domicile.forge", name = "migration-path")
  @ConditionalOnBean(Installations.class)
  @ConditionalOnMissingBean
  ForgeTenants domicileForgeTenants(Installations installations) {
    return (installationId, cloudId) -> installations.tenantOf(installationId);
  }

  @Bean
  @ConditionalOnProperty(prefix = "domicile.forge", name = "migration-path")
  @ConditionalOnMissingBean(name = "domicileForgeHooks")
  ServletRegistrationBean<HookServlet> domicileForgeHooks(
      DomicileProperties properties,
      ConnectConfig app,
      ObjectProvider<ForgeTenants> tenants,
      MigrationHooks hooks) {
    Forge forge = properties.forge();
    String path = required("domicile.forge.migration-path", forge.migrationPath(), A_PATH);
    String appId =
        required("domicile.forge.app-id", forge.appId(), "the app's ari:cloud:ecosystem::app/...");
    ForgeTenants known =
        required(
            "domicile.forge.migration-path",
            tenants.getIfAvailable(),
            "a bean of type ForgeTenants beside it, which says whose installation calls");
    ForgeAuthenticator authenticator;
    try {
      authenticator = new ForgeAuthenticator(appId, forge.keysUrl(), known, clock);
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingException(
          "domicile.forge.keys-url", "an https address, or one of this machine", e);
    }
    return mounted("domicileForgeHooks", app, path, authenticator, hooks);
  }

  private static ServletRegistrationBean<HookServlet> mounted(
      String name,
      ConnectConfig app,
      String path,
      HookAuthenticator authenticator,
      MigrationHooks hooks) {
    HookServlet servlet =
        checked("domicile.connect", () -> new HookServlet(app, path, authenticator, hooks));
    ServletRegistrationBean<HookServlet> registration =
        new ServletRegistrationBean<>(servlet, path + "/*");
    registration.setName(name);
    return registration;
  }

  private static String thisProcess() {
    String process = ":" + ProcessHandle.current().pid();
    try {
      return InetAddress.getLocalHost().getHostName() + process;
    } catch (UnknownHostException e) {
      return "localhost" + process;
    }
  }

  /** One of the two paths is there. */
  static final class OnPath extends AnyNestedCondition {
    OnPath() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnProperty(prefix = "domicile.connect", name = "migration-path")
    static class Connect {}

    @ConditionalOnProperty(prefix = "domicile.forge", name = "migration-path")
    static class ForgeRemote {}
  }
}
