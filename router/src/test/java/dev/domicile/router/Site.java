package dev.domicile.router;

import dev.domicile.sql.DomicileSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/** A control database and two realms, and what a test does with them. */
final class Site {
  static final TenantId A = new TenantId("tenant-a");
  static final TenantId B = new TenantId("tenant-b");
  static final Realm US = new Realm("US");
  static final Realm EU = new Realm("EU");

  static final CacheConfig CACHE = CacheConfig.DEFAULT.withLoadTimeout(Duration.ofSeconds(20));

  final Database control;
  final Database us;
  final Database eu;

  Site(TestDatabases databases) {
    this(
        databases.create("control", Site::createTables),
        databases.create("us"),
        databases.create("eu"));
  }

  /** With a control database that holds Domicile's tables. */
  Site(Database control, Database us, Database eu) {
    this.control = control;
    this.us = us;
    this.eu = eu;
  }

  static void createTables(Database control) {
    DomicileSchema.CONTROL.migrate(config(control).unpooled("test"));
  }

  /** As a user would have it, but patient: the machine may be busy with other things. */
  RouterConfig config() {
    return config(Map.of(US, config(us), EU, config(eu)));
  }

  RouterConfig config(Map<Realm, DatabaseConfig> realms) {
    return new RouterConfig(config(control), realms).withCache(CACHE);
  }

  static DatabaseConfig config(Database database) {
    return config(database, new PoolConfig(2, Duration.ofSeconds(5)));
  }

  static DatabaseConfig config(Database database, PoolConfig pool) {
    return new DatabaseConfig(database.url(), database.user(), database.password(), pool);
  }

  /** What the first column of the first row says, over a connection for the tenant. */
  static String ask(Router router, TenantId tenant, String sql) throws SQLException {
    try (TenantScope scope = TenantContext.open(tenant);
        Connection connection = router.dataSource().getConnection()) {
      return ask(connection, sql);
    }
  }

  static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "";
    }
  }

  static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
