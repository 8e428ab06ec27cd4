package dev.domicile.spring;

import dev.domicile.router.Router;
import dev.domicile.servlet.hooks.MigrationHooks;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.HealthContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The health of each realm's database, as the component {@code db}, and of the migration hooks, as
 * {@code migrations}. Boot's own {@code db} would ask the routed data source outside any scope,
 * which is refused.
 */
@AutoConfiguration(
    after = {DomicileAutoConfiguration.class, DomicileHooksAutoConfiguration.class},
    beforeName =
        "org.springframework.boot.actuate.autoconfigure.jdbc.DataSourceHealthContributorAutoConfiguration")
@ConditionalOnClass({HealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Router.class)
public class DomicileHealthAutoConfiguration {

  @Bean
  @ConditionalOnEnabledHealthIndicator("db")
  @ConditionalOnMissingBean(name = {"dbHealthIndicator", "dbHealthContributor"})
  HealthContributor dbHealthContributor(Router router) {
    return new RealmsHealth(router);
  }

  @Bean
  @ConditionalOnEnabledHealthIndicator("migrations")
  @ConditionalOnBean(MigrationHooks.class)
  @ConditionalOnMissingBean(name = {"migrationsHealthIndicator", "migrationsHealthContributor"})
  HealthContributor migrationsHealthContributor(MigrationHooks hooks) {
    return new HooksIndicator(hooks);
  }
}
