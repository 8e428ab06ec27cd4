package dev.domicile.spring;

import dev.domicile.router.Router;
import dev.domicile.router.RouterMetrics;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The router's meters, which Actuator binds to its registries. */
@AutoConfiguration(after = DomicileAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(Router.class)
public class DomicileMetricsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  RouterMetrics domicileRouterMetrics(Router router) {
    return new RouterMetrics(router);
  }
}
