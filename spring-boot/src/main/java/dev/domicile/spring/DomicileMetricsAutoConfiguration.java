package dev.domicile.spring;

import dev.domicile.router.Router;
import dev.domicile.router.RouterMetrics;
import dev.domicile.servlet.hooks.HookMetrics;
import dev.domicile.servlet.hooks.MigrationHooks;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The meters of the router and of the hooks, which Actuator binds to its registries. */
@AutoConfiguration(after = {DomicileAutoConfiguration.class, DomicileHooksAutoConfiguration.class})
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(Router.class)
public class DomicileMetricsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  RouterMetrics domicileRouterMetrics(Router router) {
    return new RouterMetrics(router);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBean(MigrationHooks.class)
  HookMetrics domicileHookMetrics(MigrationHooks hooks) {
    return new HookMetrics(hooks);
  }
}
