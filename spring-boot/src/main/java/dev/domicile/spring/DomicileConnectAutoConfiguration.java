package dev.domicile.spring;

import static dev.domicile.spring.InvalidSettingException.checked;
import static dev.domicile.spring.InvalidSettingException.required;

import dev.domicile.router.Router;
import dev.domicile.servlet.BaseUrls;
import dev.domicile.servlet.ConnectAuthenticator;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.InstallKeys;
import dev.domicile.servlet.InstallationSecrets;
import dev.domicile.servlet.Installations;
import dev.domicile.servlet.LifecyclePaths;
import dev.domicile.servlet.LifecycleServlet;
import dev.domicile.servlet.OtherStack;
import dev.domicile.servlet.SecretKeys;
import dev.domicile.servlet.SharedSecrets;
import dev.domicile.servlet.TenantFilter;
import dev.domicile.spring.DomicileProperties.Connect;
import jakarta.servlet.DispatcherType;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.web.servlet.ConditionalOnMissingFilterBean;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;

/**
 * The tenant filter over the secrets that are there: those in Domicile's own table, which its
 * lifecycle servlet fills, unless the application or {@link DomicileAtlassianAutoConfiguration}
 * brings others.
 */
@AutoConfiguration(
    after = {DomicileAutoConfiguration.class, DomicileAtlassianAutoConfiguration.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(Router.class)
@ConditionalOnProperty(prefix = "domicile.filter", name = "enabled", matchIfMissing = true)
public class DomicileConnectAutoConfiguration {
  /** Behind Spring Security, which is at -100. */
  private static final int ORDER = -50;

  private final InstantSource clock = InstantSource.system();

  @Bean
  @ConditionalOnMissingBean
  LifecyclePaths domicileLifecyclePaths(DomicileProperties properties) {
    return Settings.paths(properties.connect());
  }

  @Bean
  @ConditionalOnMissingBean
  ConnectConfig domicileConnectConfig(
      DomicileProperties properties, LifecyclePaths paths, ObjectProvider<AtlassianApp> atlassian) {
    Connect connect = properties.connect();
    String appKey =
        required("domicile.connect.app-key", connect.appKey(), "the key of the app's descriptor");
    List<String> open = new ArrayList<>(connect.openPaths());
    open.addAll(paths.signedByAtlassian());
    Stream.of(connect.migrationPath(), properties.forge().migrationPath())
        .filter(Objects::nonNull)
        .forEach(path -> open.add(path + "/*"));
    atlassian.ifAvailable(app -> open.addAll(app.openPaths()));
    String basePath =
        connect.baseUrl() == null
            ? ""
            : Objects.requireNonNullElse(connect.baseUrl().getRawPath(), "").replaceFirst("/$", "");
    return checked(
        "domicile.connect",
        () -> new ConnectConfig(appKey, basePath, connect.contextTokenPaths(), open));
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty(prefix = "domicile.connect", name = "base-url")
  BaseUrls domicileBaseUrls(DomicileProperties properties) {
    return Settings.baseUrls(properties.connect());
  }

  @Bean
  @ConditionalOnMissingBean(SharedSecrets.class)
  InstallationSecrets domicileInstallationSecrets(DomicileProperties properties, Router router) {
    Connect connect = properties.connect();
    SecretKeys keys = Settings.keys(connect);
    return checked(
        "domicile.connect.secrets",
        () -> new InstallationSecrets(router.control(), keys, clock, connect.secrets().overlap()));
  }

  @Bean
  @ConditionalOnMissingBean
  ConnectAuthenticator domicileConnectAuthenticator(ConnectConfig config, SharedSecrets secrets) {
    return new ConnectAuthenticator(config, secrets, clock);
  }

  @Bean
  @ConditionalOnMissingFilterBean(TenantFilter.class)
  FilterRegistrationBean<TenantFilter> domicileTenantFilter(
      DomicileProperties properties,
      Router router,
      ConnectAuthenticator authenticator,
      ObjectProvider<BaseUrls> baseUrls,
      ObjectProvider<AtlassianApp> atlassian) {
    OtherStack otherStack = properties.connect().otherStack();
    TenantFilter filter =
        otherStack == OtherStack.SERVE
            ? new TenantFilter(router, authenticator)
            : new TenantFilter(
                router,
                authenticator,
                required(
                    "domicile.connect.base-url",
                    baseUrls.getIfAvailable(),
                    "the app's address, since domicile.connect.other-stack is " + otherStack),
                otherStack);
    AtlassianApp app = atlassian.getIfAvailable();
    FilterRegistrationBean<TenantFilter> registration = new FilterRegistrationBean<>(filter);
    registration.setName("domicileTenantFilter");
    registration.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
    registration.setAsyncSupported(true);
    registration.setOrder(
        Objects.requireNonNullElse(
            properties.filter().order(), app == null ? ORDER : app.filterOrder()));
    return registration;
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean({InstallationSecrets.class, BaseUrls.class})
  Installations domicileInstallations(
      DomicileProperties properties, Router router, InstallationSecrets secrets) {
    try {
      return new Installations(router, secrets, clock, properties.connect().realmMemory());
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingException("domicile.connect.realm-memory", "PT0S or more", e);
    }
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(Installations.class)
  InstallKeys domicileInstallKeys(DomicileProperties properties) {
    try {
      return new InstallKeys(properties.connect().installKeysUrl(), clock);
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingException(
          "domicile.connect.install-keys-url", "an https address, or one of this machine", e);
    }
  }

  @Bean
  @ConditionalOnMissingBean(name = "domicileLifecycleServlet")
  @ConditionalOnBean(Installations.class)
  ServletRegistrationBean<LifecycleServlet> domicileLifecycleServlet(
      ConnectConfig config,
      BaseUrls baseUrls,
      LifecyclePaths paths,
      InstallKeys keys,
      Installations installations) {
    return new ServletRegistrationBean<>(
        new LifecycleServlet(config, baseUrls, paths, keys, installations, clock),
        paths.signedByAtlassian().toArray(String[]::new));
  }
}
