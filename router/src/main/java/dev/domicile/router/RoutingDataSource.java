package dev.domicile.router;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A data source whose connections go to the realm database of the tenant in scope.
 *
 * <p>It refuses rather than guess (promise P6): there is no default database. The route is looked
 * up once per scope, so all connections of one scope go to the same realm.
 *
 * <p>Where that realm's database refuses a statement with the SQLSTATE {@link
 * TenantFrozenException#FENCED}, the route is read again at once, so that the next scope goes where
 * the tenant lives by now.
 */
public final class RoutingDataSource extends RefusingDataSource {
  private final RouteLookup routes;
  private final RealmPools pools;
  private final Refusals refusals;

  RoutingDataSource(RouteLookup routes, RealmPools pools, Refusals refusals) {
    this.routes = routes;
    this.pools = pools;
    this.refusals = refusals;
  }

  /**
   * A connection to the database of the present tenant's realm.
   *
   * @throws NoTenantException if no tenant is in scope
   * @throws UnknownTenantException if the tenant has no route
   * @throws UnknownRealmException if its realm is not configured here
   * @throws TenantFrozenException if it is in cutover, and stays so for {@link
   *     CacheConfig#frozenWait()}
   * @throws RouteUnavailableException if its route cannot be read
   * @throws RealmUnavailableException if the realm's database gives no connection
   */
  @Override
  public Connection getConnection() throws SQLException {
    TenantScope scope = TenantContext.current();
    if (scope == null) {
      throw refusals.count(Refusal.NO_TENANT, new NoTenantException());
    }
    Connection lent = pools.lend(scope.pinned().resolve(routes));
    scope.opened(lent);
    return lent;
  }
}
