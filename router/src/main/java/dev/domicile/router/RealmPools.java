package dev.domicile.router;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** One pool per realm. A realm that is down costs the others nothing. */
final class RealmPools implements AutoCloseable {
  private final Map<Realm, HikariDataSource> pools;

  RealmPools(Map<Realm, DatabaseConfig> realms) {
    Map<Realm, HikariDataSource> opened = new HashMap<>();
    realms.forEach((realm, database) -> opened.put(realm, pool("domicile-" + realm, database)));
    this.pools = Map.copyOf(opened);
  }

  /**
   * A connection to the database of the route's realm.
   *
   * @throws UnknownRealmException if the realm is not configured
   */
  Connection connect(Route route) throws SQLException {
    HikariDataSource pool = pools.get(route.realm());
    if (pool == null) {
      throw new UnknownRealmException(route);
    }
    return pool.getConnection();
  }

  Set<Realm> realms() {
    return pools.keySet();
  }

  @Override
  public void close() {
    pools.values().forEach(HikariDataSource::close);
  }

  static HikariDataSource pool(String name, DatabaseConfig database) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(database.unpooled(name));
    config.setMaximumPoolSize(database.pool().maximumSize());
    config.setConnectionTimeout(database.pool().connectionTimeout().toMillis());
    // A realm that is down when the node starts must not keep it from serving the others.
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }
}
