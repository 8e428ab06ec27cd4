package dev.domicile.migrator;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.PostgresServer;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Roles beside the owner of the tables, and what they see. */
final class Roles {
  private static final String PASSWORD = "role-password";

  private Roles() {}

  /** Opens the database as an application that owns nothing and may read and write all rows. */
  static Database application(Database database) {
    create("domicile_test_app", "NOBYPASSRLS");
    database.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO domicile_test_app;"
            + "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO domicile_test_app");
    return database.as("domicile_test_app", PASSWORD);
  }

  /** Opens the database as a member of the owner that no policy binds. */
  static Database unbound(Database database) {
    create("domicile_test_unbound", "BYPASSRLS IN ROLE " + PostgresServer.ROLE);
    return database.as("domicile_test_unbound", PASSWORD);
  }

  /** Runs a query and returns the first column, while the setting names that tenant. */
  static List<String> seen(Database database, @Nullable String clientKey, String sql)
      throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      name(statement, clientKey);
      List<String> values = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          values.add(String.valueOf(rows.getString(1)));
        }
      }
      return values;
    }
  }

  /**
   * Runs a statement, while the setting names that tenant, and returns how many rows it changed.
   */
  static int write(Database database, @Nullable String clientKey, String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      name(statement, clientKey);
      return statement.executeUpdate(sql);
    }
  }

  private static void name(Statement statement, @Nullable String clientKey) throws SQLException {
    if (clientKey != null) {
      statement.execute("SET domicile.client_key = '" + clientKey + "'");
    }
  }

  private static void create(String role, String options) {
    Database admin = TestDatabases.server().admin();
    if (admin.number("SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'") == 0) {
      admin.execute("CREATE ROLE " + role + " LOGIN PASSWORD '" + PASSWORD + "' " + options);
    }
  }
}
