package dev.domicile.router;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A tenant and, from the first look on, its route: one scope never sees two realms. */
final class PinnedRoute {
  private final TenantId tenant;
  private final AtomicReference<@Nullable Route> route = new AtomicReference<>();

  private volatile long resolvedAt;

  PinnedRoute(TenantId tenant) {
    this.tenant = tenant;
  }

  /** Whether the route was looked up longer ago than that. */
  boolean isOlderThan(Duration age) {
    return route.get() != null && System.nanoTime() - resolvedAt > age.toNanos();
  }

  TenantId tenant() {
    return tenant;
  }

  /** The first route that any thread of the scope found, on which the tenant may be served. */
  Route resolve(RouteSource routes) throws SQLException {
    Route known = route.get();
    if (known != null) {
      return known;
    }
    Route found = routes.resolveForScope(tenant);
    resolvedAt = System.nanoTime();
    route.compareAndSet(null, found);
    return Objects.requireNonNull(route.get());
  }
}
