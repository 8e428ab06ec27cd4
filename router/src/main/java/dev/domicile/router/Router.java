package dev.domicile.router;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** Knows where each tenant lives and keeps a pool to the database of each realm. Thread-safe. */
public final class Router implements AutoCloseable {
  private final HikariDataSource controlPool;
  private final DSLContext control;
  private final RouteTable table;
  private final RouteCache cache;
  private final RouteWatcher watcher;
  private final RealmPools pools;
  private final RoutingDataSource dataSource;

  /** Starts a router; databases that are down are tried again when they are needed. */
  public Router(RouterConfig config) {
    controlPool = RealmPools.pool("domicile-control", config.control());
    control = DSL.using(controlPool, SQLDialect.POSTGRES);
    table = new RouteTable(control);
    cache = new RouteCache(table, config.cache());
    watcher = new RouteWatcher(config.control().unpooled("domicile-route-watcher"), cache);
    pools = new RealmPools(config.realms());
    dataSource = new RoutingDataSource(cache, pools);
  }

  /** The data source for the application's own use. */
  public RoutingDataSource dataSource() {
    return dataSource;
  }

  /** The routes themselves, past the cache. */
  public RouteTable routes() {
    return table;
  }

  /** The control database, for other tables of it. */
  public DSLContext control() {
    return control;
  }

  /** The realms that are configured here. */
  public Set<Realm> realms() {
    return pools.realms();
  }

  /**
   * Where the tenant lives, from the cache.
   *
   * @throws UnknownTenantException if the tenant has no route
   * @throws RouteUnavailableException if its route is not cached and cannot be read
   */
  public Route resolve(TenantId tenant) throws SQLException {
    return cache.resolve(tenant);
  }

  /** Closes all connections; connections that are lent out are closed too. */
  @Override
  public void close() {
    watcher.close();
    pools.close();
    controlPool.close();
  }
}
