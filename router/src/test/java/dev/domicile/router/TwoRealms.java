package dev.domicile.router;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** A router to two realms, with one tenant in each. */
final class TwoRealms implements AutoCloseable {
  static final Realm US = new Realm("US");
  static final Realm EU = new Realm("EU");
  static final TenantId A = new TenantId("tenant-a");
  static final TenantId B = new TenantId("tenant-b");

  final Database us;
  final Database eu;
  final Router router;

  /** Tenant A lives in US, B in EU. */
  TwoRealms(TestDatabases databases) {
    Site site = new Site(databases);
    us = site.us;
    eu = site.eu;
    PoolConfig pool = new PoolConfig(3, Duration.ofSeconds(20));
    router =
        new Router(
            new RouterConfig(
                Site.config(site.control),
                Map.of(US, Site.config(us, pool), EU, Site.config(eu, pool))));
    router.routes().add(A, US);
    router.routes().add(B, EU);
  }

  RoutingDataSource dataSource() {
    return router.dataSource();
  }

  /** Runs a script in both realms. */
  void execute(String sql) {
    us.execute(sql);
    eu.execute(sql);
  }

  /** Moves the route and returns when new scopes see it. */
  void move(TenantId tenant, Realm realm) {
    if (!router.routes().moveTo(router.routes().find(tenant).orElseThrow(), realm)) {
      throw new AssertionError("The route of " + tenant + " was changed by somebody else");
    }
    Awaitility.await().until(() -> router.resolve(tenant).realm().equals(realm));
  }

  /** The database that a connection of the present scope goes to. */
  String currentDatabase() throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT current_database()")) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void close() {
    router.close();
  }
}
