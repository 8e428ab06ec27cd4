package dev.domicile.spring;

import dev.domicile.router.RealmHealth;
import dev.domicile.router.Router;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthContributor;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.NamedContributor;

/** One indicator for each realm that is configured now; one look at them serves all. */
final class RealmsHealth implements CompositeHealthContributor {
  private final Router router;

  RealmsHealth(Router router) {
    this.router = router;
  }

  @Override
  public @Nullable HealthContributor getContributor(String name) {
    boolean known = router.realms().stream().anyMatch(realm -> realm.name().equals(name));
    return known ? (HealthIndicator) () -> now(name) : null;
  }

  @Override
  public Iterator<NamedContributor<HealthContributor>> iterator() {
    return router.health().stream().map(RealmsHealth::named).iterator();
  }

  private Health now(String name) {
    return router.health().stream()
        .filter(realm -> realm.realm().name().equals(name))
        .findAny()
        .map(RealmsHealth::health)
        .orElseGet(() -> Health.unknown().build());
  }

  private static NamedContributor<HealthContributor> named(RealmHealth realm) {
    HealthIndicator indicator = () -> health(realm);
    return NamedContributor.of(realm.realm().name(), indicator);
  }

  private static Health health(RealmHealth realm) {
    Health.Builder health =
        realm.isUp()
            ? Health.up()
            : Health.down()
                .withDetail("problem", Objects.requireNonNullElse(realm.problem(), "unknown"));
    return health
        .withDetail("tookMillis", realm.took().toMillis())
        .withDetail("active", realm.active())
        .withDetail("idle", realm.idle())
        .withDetail("waiting", realm.waiting())
        .withDetail("maximum", realm.maximum())
        .build();
  }
}
