package dev.domicile.spring;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.servlet.BaseUrls;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.HostTableSecrets;
import dev.domicile.servlet.LifecycleGuard;
import dev.domicile.servlet.LifecyclePaths;
import dev.domicile.servlet.SharedSecrets;
import dev.domicile.spring.DomicileProperties.Hosts;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnResource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.core.task.TaskDecorator;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * For applications on {@code atlassian-connect-spring-boot-core}: requests are authenticated by its
 * filter first and by the tenant filter once more, over the same table of hosts.
 *
 * <p>Its filter believes a token before the query string hash is compared, which an interceptor
 * does later, and not for every path. So the tenant filter takes nothing from its principal.
 */
@AutoConfiguration(
    after = DomicileAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.autoconfigure.orm.jpa.HibernateJpaAutoConfiguration",
      "org.springframework.boot.autoconfigure.jdbc.DataSourceTransactionManagerAutoConfiguration"
    },
    beforeName = "org.springframework.boot.autoconfigure.transaction.TransactionAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(name = "com.atlassian.connect.spring.AtlassianHostRepository")
@ConditionalOnResource(resources = "classpath:atlassian-connect.json")
@ConditionalOnBean(Router.class)
@ConditionalOnProperty(prefix = "domicile.filter", name = "enabled", matchIfMissing = true)
public class DomicileAtlassianAutoConfiguration {
  private static final String HOSTS = "domicileHosts";
  private static final String JWT_ORDER = "atlassian.connect.jwt-filter-order";
  private static final String FORGE_ORDER = "atlassian.connect.forge-filter-order";

  @Bean
  @ConditionalOnMissingBean
  AtlassianApp domicileAtlassianApp(Environment environment) {
    int jwt = environment.getProperty(JWT_ORDER, Integer.class, 100);
    int forge = environment.getProperty(FORGE_ORDER, Integer.class, 110);
    return new AtlassianApp(
        List.of(
            "/", "/atlassian-connect.json", environment.getProperty("server.error.path", "/error")),
        Math.max(jwt, forge) + 10);
  }

  /** Never the application's own data source: whose request it is, is not known yet. */
  @Bean(name = HOSTS, defaultCandidate = false)
  @ConditionalOnMissingBean(name = HOSTS)
  HikariDataSource domicileHosts(DomicileProperties properties, RouterConfig router) {
    Hosts hosts = properties.connect().hosts();
    DatabaseConfig database =
        hosts.database() == null
            ? router.control()
            : Settings.database("domicile.connect.hosts.database", hosts.database());
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("domicile-hosts");
    pool.setDataSource(database.unpooled("domicile-hosts"));
    pool.setMaximumPoolSize(database.pool().maximumSize());
    pool.setMinimumIdle(0);
    pool.setConnectionTimeout(database.pool().connectionTimeout().toMillis());
    // A database that is down at the start is tried again when it is needed.
    pool.setInitializationFailTimeout(-1);
    return new HikariDataSource(pool);
  }

  @Bean
  @ConditionalOnMissingBean(SharedSecrets.class)
  HostTableSecrets domicileHostTableSecrets(
      DomicileProperties properties, @Qualifier(HOSTS) DataSource hosts) {
    String schema = properties.connect().hosts().schema();
    InstantSource clock = InstantSource.system();
    return schema == null
        ? new HostTableSecrets(hosts, clock)
        : new HostTableSecrets(hosts, schema, clock);
  }

  /** What gives a tenant its realm while Atlassian's library installs it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(prefix = "domicile.connect", name = "base-url")
  static class Installing {

    @Bean
    @ConditionalOnMissingBean
    HostRoutes domicileHostRoutes(Router router) {
      return new HostRoutes(router);
    }

    @Bean
    FilterRegistrationBean<ArrivalFilter> domicileArrivalFilter(
        DomicileProperties properties, BaseUrls baseUrls) {
      FilterRegistrationBean<ArrivalFilter> registration =
          new FilterRegistrationBean<>(new ArrivalFilter(baseUrls));
      registration.setName("domicileArrivalFilter");
      registration.addUrlPatterns(properties.connect().installedPath());
      registration.setAsyncSupported(true);
      registration.setOrder(Ordered.LOWEST_PRECEDENCE);
      return registration;
    }

    /** The library compares neither hash nor tenant while it does not know the tenant. */
    @Bean
    FilterRegistrationBean<LifecycleGuard> domicileLifecycleGuard(
        ConnectConfig config, LifecyclePaths paths) {
      FilterRegistrationBean<LifecycleGuard> registration =
          new FilterRegistrationBean<>(new LifecycleGuard(config, paths));
      registration.setName("domicileLifecycleGuard");
      registration.setUrlPatterns(paths.signedByAtlassian());
      registration.setAsyncSupported(true);
      registration.setOrder(Ordered.LOWEST_PRECEDENCE);
      return registration;
    }

    /** Boot's executor, on which Atlassian's library stores an installation, takes it up. */
    @Bean
    @ConditionalOnMissingBean
    TaskDecorator domicileArrivalDecorator() {
      return ArrivalFilter::carry;
    }
  }

  /**
   * Atlassian's library opens a transaction around an installation, of whom there is no scope yet.
   */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(PlatformTransactionManager.class)
  static class Transactions {

    @Bean
    @ConditionalOnMissingBean(TransactionOperations.class)
    @ConditionalOnSingleCandidate(PlatformTransactionManager.class)
    TransactionTemplate transactionTemplate(PlatformTransactionManager transactions) {
      return new ScopedTransactionTemplate(transactions);
    }
  }
}
