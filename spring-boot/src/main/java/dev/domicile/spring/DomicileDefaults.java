package dev.domicile.spring;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Keeps Boot from looking at the routed data source when the application starts: outside a scope it
 * has no database. The least of all sources, so any other overrides it.
 */
final class DomicileDefaults implements EnvironmentPostProcessor {
  private static final Map<String, Object> DEFAULTS =
      Map.of(
          "spring.flyway.enabled", "false",
          "spring.liquibase.enabled", "false",
          "spring.sql.init.mode", "never",
          "spring.jooq.sql-dialect", "POSTGRES",
          "spring.jpa.database", "POSTGRESQL",
          "spring.jpa.hibernate.ddl-auto", "none");

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    if (environment.getProperty("domicile.enabled", Boolean.class, true)) {
      environment.getPropertySources().addLast(new MapPropertySource("domicile", DEFAULTS));
    }
  }
}
