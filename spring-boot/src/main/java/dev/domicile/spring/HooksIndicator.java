package dev.domicile.spring;

import dev.domicile.servlet.hooks.HooksHealth;
import dev.domicile.servlet.hooks.MigrationHooks;
import java.util.TreeMap;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/**
 * How the hooks of this node do. While the control database does not answer that is unknown, which
 * leaves the whole application up: tenants are served meanwhile.
 */
final class HooksIndicator implements HealthIndicator {
  private final MigrationHooks hooks;

  HooksIndicator(MigrationHooks hooks) {
    this.hooks = hooks;
  }

  @Override
  public Health health() {
    HooksHealth now = hooks.health();
    boolean known = now.lookedAt() != null && now.problem() == null;
    Health.Builder health = known ? Health.up() : Health.unknown();
    if (now.lookedAt() != null) {
      health.withDetail("lookedAt", now.lookedAt().toString());
    }
    if (now.problem() != null) {
      health.withDetail("problem", now.problem());
    }
    return health.withDetail("open", new TreeMap<>(now.open())).build();
  }
}
