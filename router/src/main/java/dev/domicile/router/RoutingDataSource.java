package dev.domicile.router;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * A data source whose connections go to the realm database of the tenant in scope.
 *
 * <p>It refuses rather than guess (promise P6): there is no default database. The route is looked
 * up once per scope, so all connections of one scope go to the same realm.
 */
public final class RoutingDataSource implements DataSource {
  private final RouteCache cache;
  private final RealmPools pools;

  RoutingDataSource(RouteCache cache, RealmPools pools) {
    this.cache = cache;
    this.pools = pools;
  }

  /**
   * A connection to the database of the present tenant's realm.
   *
   * @throws NoTenantException if no tenant is in scope
   * @throws UnknownTenantException if the tenant has no route
   * @throws UnknownRealmException if its realm is not configured here
   * @throws TenantFrozenException if it is in cutover
   * @throws RouteUnavailableException if its route cannot be read
   */
  @Override
  public Connection getConnection() throws SQLException {
    Route route = TenantContext.required().pinned().resolve(cache);
    if (route.state() == Route.State.FROZEN) {
      throw new TenantFrozenException(route.tenant());
    }
    return pools.connect(route);
  }

  /** Not supported: the realm's configuration names the role. */
  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the realm's configuration names the role");
  }

  @Override
  public PrintWriter getLogWriter() throws SQLException {
    throw new SQLFeatureNotSupportedException("logging goes through SLF4J");
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    throw new SQLFeatureNotSupportedException("logging goes through SLF4J");
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    throw new SQLFeatureNotSupportedException("the realm's configuration names the time limit");
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("logging goes through SLF4J");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new SQLException("not a wrapper of " + type.getName());
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }
}
