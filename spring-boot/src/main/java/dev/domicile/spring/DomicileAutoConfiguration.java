package dev.domicile.spring;

import dev.domicile.migrator.MigratorConfig;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/**
 * The router, and its data source as that of the application. A bean called {@code dataSource}
 * takes its place; it should go to the router's, in whatever it is wrapped.
 */
@AutoConfiguration(
    beforeName = "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration")
@ConditionalOnProperty(prefix = "domicile", name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(DomicileProperties.class)
public class DomicileAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  RouterConfig domicileRouterConfig(DomicileProperties properties) {
    return Settings.router(properties);
  }

  @Bean
  @ConditionalOnMissingBean
  Router domicileRouter(RouterConfig config) {
    return new Router(config);
  }

  /** The same databases for whoever moves tenants: the hooks, or the application itself. */
  @Bean
  @ConditionalOnMissingBean
  MigratorConfig domicileMigratorConfig(DomicileProperties properties, RouterConfig config) {
    return Settings.migrator(properties, config);
  }

  @Bean
  @Primary
  @ConditionalOnMissingBean(name = "dataSource")
  DataSource dataSource(Router router) {
    return router.dataSource();
  }
}
