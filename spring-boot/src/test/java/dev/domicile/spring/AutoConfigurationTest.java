package dev.domicile.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.Capture;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.RouterMetrics;
import dev.domicile.router.RoutingDataSource;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ForgeTenants;
import dev.domicile.servlet.InstallationSecrets;
import dev.domicile.servlet.Installations;
import dev.domicile.servlet.LifecycleServlet;
import dev.domicile.servlet.SharedSecrets;
import dev.domicile.servlet.TenantFilter;
import dev.domicile.servlet.hooks.HookConfig;
import dev.domicile.servlet.hooks.HookMetrics;
import dev.domicile.servlet.hooks.HookServlet;
import dev.domicile.servlet.hooks.MigrationHooks;
import jakarta.servlet.DispatcherType;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.actuate.health.HealthContributor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.jdbc.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;

/** Which beans there are, by what is on the class path and in the configuration. */
final class AutoConfigurationTest {
  private static final AutoConfigurations ALL =
      AutoConfigurations.of(
          DomicileAutoConfiguration.class,
          DomicileAtlassianAutoConfiguration.class,
          DomicileConnectAutoConfiguration.class,
          DomicileHealthAutoConfiguration.class,
          DomicileHibernateAutoConfiguration.class,
          DomicileHooksAutoConfiguration.class,
          DomicileMetricsAutoConfiguration.class,
          DataSourceAutoConfiguration.class,
          JdbcTemplateAutoConfiguration.class);
  private static final String[] DATABASES = {
    "domicile.control.url=jdbc:postgresql://localhost:1/control",
    "domicile.realms.EU.url=jdbc:postgresql://localhost:1/eu",
    "domicile.realms.us.url=jdbc:postgresql://localhost:1/us",
    "domicile.realms.us.pool.maximum-size=3"
  };
  private static final String[] CONNECT = {
    "domicile.connect.app-key=com.example.app",
    "domicile.connect.secrets.current-key=k1",
    "domicile.connect.secrets.keys.k1=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
  };

  private final ApplicationContextRunner plain =
      new ApplicationContextRunner().withConfiguration(ALL).withPropertyValues(DATABASES);
  private final WebApplicationContextRunner web =
      new WebApplicationContextRunner()
          .withConfiguration(ALL)
          .withPropertyValues(DATABASES)
          .withPropertyValues(CONNECT);

  @Test
  void theRoutedDataSourceIsThatOfTheApplication() {
    plain.run(
        context -> {
          assertThat(context).hasSingleBean(DataSource.class).hasSingleBean(Router.class);
          assertThat(context.getBean(DataSource.class)).isInstanceOf(RoutingDataSource.class);
          assertThat(context.getBean(Router.class).realms()).hasToString("[EU, US]");
          assertThat(context).doesNotHaveBean(FilterRegistrationBean.class);
        });
  }

  @Test
  void itIsTheOneThatIsTakenBesideOthers() {
    plain
        .withBean("reports", DataSource.class, PGSimpleDataSource::new)
        .run(
            context ->
                assertThat(context.getBean(DataSource.class))
                    .isInstanceOf(RoutingDataSource.class));
  }

  @Test
  void settingsReachTheRouter() {
    plain
        .withPropertyValues(
            "domicile.cache.staleness=3m",
            "domicile.feed.listen=false",
            "domicile.sessions.announce-tenant=true",
            "domicile.sessions.schemas.prefix=t_")
        .run(
            context -> {
              RouterConfig config = context.getBean(RouterConfig.class);
              assertThat(config.cache().staleness()).isEqualTo(Duration.ofMinutes(3));
              assertThat(config.feed().listen()).isFalse();
              assertThat(config.sessions().announceTenant()).isTrue();
              assertThat(config.sessions().schemas())
                  .hasToString("SchemaPerTenant[prefix=t_, common=[]]");
              assertThat(config.realms())
                  .hasEntrySatisfying(
                      new Realm("US"),
                      us ->
                          assertThat(us.pool())
                              .isEqualTo(new PoolConfig(3, Duration.ofSeconds(5))));
            });
  }

  @Test
  void nothingIsThereWhenItIsSwitchedOff() {
    web.withPropertyValues(
            "domicile.enabled=false", "spring.datasource.url=jdbc:postgresql://localhost:1/x")
        .run(
            context ->
                assertThat(context)
                    .doesNotHaveBean(Router.class)
                    .doesNotHaveBean(FilterRegistrationBean.class)
                    .doesNotHaveBean(RouterMetrics.class));
  }

  @Test
  void theFilterIsBehindSpringSecurityAndForAllDispatchers() {
    web.run(
        context -> {
          FilterRegistrationBean<?> filter =
              context.getBean("domicileTenantFilter", FilterRegistrationBean.class);
          assertThat(filter.getFilter()).isInstanceOf(TenantFilter.class);
          assertThat(filter.getOrder()).isEqualTo(-50);
          assertThat(filter.isAsyncSupported()).isTrue();
          assertThat(filter.determineDispatcherTypes())
              .isEqualTo(EnumSet.allOf(DispatcherType.class));
          assertThat(context).hasSingleBean(InstallationSecrets.class);
          assertThat(context).doesNotHaveBean(ServletRegistrationBean.class);
        });
  }

  @Test
  void theLifecycleIsMountedWhenTheAddressIsKnown() {
    web.withPropertyValues(
            "domicile.connect.base-url=https://app.example.com/base",
            "domicile.connect.region-base-urls.EU=https://eu.example.com",
            "domicile.connect.installed-path=/in")
        .run(
            context -> {
              ServletRegistrationBean<?> servlet = context.getBean(ServletRegistrationBean.class);
              assertThat(servlet.getServlet()).isInstanceOf(LifecycleServlet.class);
              assertThat(servlet.getUrlMappings()).containsExactly("/in", "/uninstalled");
              assertThat(context.getBean(ConnectConfig.class).basePath()).isEqualTo("/base");
              assertThat(context.getBean(ConnectConfig.class).openPaths())
                  .contains("/in", "/uninstalled");
            });
  }

  @Test
  void thereAreNoHooksWithoutAPath() {
    web.run(
        context ->
            assertThat(context)
                .hasSingleBean(MigratorConfig.class)
                .doesNotHaveBean(MigrationHooks.class)
                .doesNotHaveBean(HookMetrics.class));
  }

  @Test
  void theHooksAreMountedWhereThePathSays() {
    web.withPropertyValues("domicile.connect.migration-path=/move")
        .run(
            context -> {
              ServletRegistrationBean<?> servlet = context.getBean(ServletRegistrationBean.class);
              assertThat(servlet.getServlet()).isInstanceOf(HookServlet.class);
              assertThat(servlet.getUrlMappings()).containsExactly("/move/*");
              assertThat(context.getBean(ConnectConfig.class).openPaths()).contains("/move/*");
              assertThat(context)
                  .hasSingleBean(MigrationHooks.class)
                  .hasSingleBean(HookMetrics.class)
                  .hasBean("migrationsHealthContributor");
            });
  }

  @Test
  void connectAndForgeShareTheWorkOfANode() {
    web.withPropertyValues(
            "domicile.connect.migration-path=/move",
            "domicile.forge.migration-path=/forge",
            "domicile.forge.app-id=ari:cloud:ecosystem::app/1")
        .withBean(ForgeTenants.class, () -> (installation, cloud) -> Optional.empty())
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(MigrationHooks.class)
                    .hasBean("domicileConnectHooks")
                    .hasBean("domicileForgeHooks"));
  }

  @Test
  void domicilesOwnInstallationsSayWhoseAForgeInstallationIs() {
    web.withPropertyValues(
            "domicile.connect.base-url=https://app.example.com",
            "domicile.forge.migration-path=/forge",
            "domicile.forge.app-id=ari:cloud:ecosystem::app/1")
        .run(
            context ->
                assertThat(context).hasBean("domicileForgeTenants").hasBean("domicileForgeHooks"));
  }

  @Test
  void settingsReachTheMigratorAndTheHooks() {
    web.withPropertyValues(
            "domicile.connect.migration-path=/move",
            "domicile.tables.schemas=one,two",
            "domicile.tables.tenant-column=tenant",
            "domicile.tables.tenant-columns.employee=employee_id",
            "domicile.tables.shared=label",
            "domicile.tables.accepted-warnings=*",
            "domicile.copy.jobs=3",
            "domicile.copy.bytes-per-second=1000000",
            "domicile.cutover.soak=10m",
            "domicile.cutover.capture=auto",
            "domicile.retention=7d",
            "domicile.hooks.enabled=false",
            "domicile.hooks.maximum-concurrent=2",
            "domicile.hooks.maximum-duration=90m",
            "domicile.hooks.locations.FRANKFURT=eu")
        .run(
            context -> {
              MigratorConfig migrator = context.getBean(MigratorConfig.class);
              assertThat(migrator.router()).isEqualTo(context.getBean(RouterConfig.class));
              assertThat(migrator.tables().schemas()).containsExactly("one", "two");
              assertThat(migrator.tables().tenantColumn()).isEqualTo("tenant");
              assertThat(migrator.tables().tenantColumns())
                  .containsEntry("employee", "employee_id");
              assertThat(migrator.tables().shared()).containsExactly("label");
              assertThat(migrator.tables().acceptedWarnings()).containsExactly("*");
              assertThat(migrator.copy().jobs()).isEqualTo(3);
              assertThat(migrator.copy().bytesPerSecond()).isEqualTo(1_000_000);
              assertThat(migrator.cutover().soak()).isEqualTo(Duration.ofMinutes(10));
              assertThat(migrator.cutover().capture()).isEqualTo(Capture.AUTO);
              assertThat(migrator.retention()).isEqualTo(Duration.ofDays(7));
              HookConfig hooks = context.getBean(HookConfig.class);
              assertThat(hooks.enabled()).isFalse();
              assertThat(hooks.maximumConcurrent()).isEqualTo(2);
              assertThat(hooks.maximumDuration()).isEqualTo(Duration.ofMinutes(90));
              assertThat(hooks.locations()).containsEntry("FRANKFURT", new Realm("EU"));
            });
  }

  @Test
  void defaultsOfTheMigratorAreTheSameAsWithoutSpring() {
    plain.run(
        context -> {
          RouterConfig router = context.getBean(RouterConfig.class);
          assertThat(context.getBean(MigratorConfig.class))
              .isEqualTo(new MigratorConfig(router.control(), router.realms(), TableRules.DEFAULT));
        });
  }

  @Test
  void secretsOfTheApplicationTakeThePlaceOfDomicilesOwn() {
    new WebApplicationContextRunner()
        .withConfiguration(ALL)
        .withPropertyValues(DATABASES)
        .withPropertyValues(
            "domicile.connect.app-key=com.example.app",
            "domicile.connect.base-url=https://app.example.com")
        .withBean(SharedSecrets.class, () -> tenant -> Optional.empty())
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasBean("domicileTenantFilter")
                    .doesNotHaveBean(InstallationSecrets.class)
                    .doesNotHaveBean(Installations.class));
  }

  @Test
  void theFilterCanBeLeftOut() {
    web.withPropertyValues("domicile.filter.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(Router.class)
                    .doesNotHaveBean(FilterRegistrationBean.class));
  }

  @Test
  void actuatorIsServedOnlyWhereItIs() {
    plain.run(
        context ->
            assertThat(context)
                .hasSingleBean(RouterMetrics.class)
                .hasSingleBean(HealthContributor.class));
    plain
        .withClassLoader(
            new FilteredClassLoader("io.micrometer", "org.springframework.boot.actuate"))
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(Router.class)
                    .doesNotHaveBean(RouterMetrics.class)
                    .doesNotHaveBean(HealthContributor.class));
  }

  @Test
  void startsWithoutHibernate() {
    plain
        .withClassLoader(new FilteredClassLoader("org.hibernate"))
        .run(context -> assertThat(context).hasNotFailed().hasSingleBean(Router.class));
  }
}
