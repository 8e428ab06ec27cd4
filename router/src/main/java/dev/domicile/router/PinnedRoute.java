package dev.domicile.router;

import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A tenant and, from the first look on, its route: one scope never sees two realms. */
final class PinnedRoute {
  private final TenantId tenant;
  private final AtomicReference<@Nullable Route> route = new AtomicReference<>();

  PinnedRoute(TenantId tenant) {
    this.tenant = tenant;
  }

  TenantId tenant() {
    return tenant;
  }

  /** The first route that any thread of the scope found. */
  Route resolve(RouteLookup routes) throws SQLException {
    Route known = route.get();
    if (known != null) {
      return known;
    }
    route.compareAndSet(null, routes.resolveForScope(tenant));
    return Objects.requireNonNull(route.get());
  }
}
