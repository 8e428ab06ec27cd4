package dev.domicile.router;

import java.sql.SQLException;

/** Where a scope gets its route from. */
@FunctionalInterface
interface RouteSource {
  /**
   * A route on which the tenant may be served.
   *
   * @throws TenantFrozenException if the tenant is in cutover
   * @throws UnknownTenantException if it has no route
   * @throws RouteUnavailableException if its route cannot be read
   */
  Route resolveForScope(TenantId tenant) throws SQLException;
}
