package dev.domicile.router;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A tenant and, from the first look on, its route: one scope never sees two realms. */
final class PinnedRoute {
  private final TenantId tenant;
  private volatile @Nullable Route route;

  PinnedRoute(TenantId tenant) {
    this.tenant = tenant;
  }

  TenantId tenant() {
    return tenant;
  }

  Route resolve(RouteLookup routes) throws SQLException {
    Route known = route;
    if (known != null) {
      return known;
    }
    synchronized (this) {
      known = route;
      if (known == null) {
        known = routes.resolve(tenant);
        route = known;
      }
      return known;
    }
  }
}
