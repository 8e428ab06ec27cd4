package dev.domicile.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Statements that Postgres refuses inside a transaction, such as CREATE DATABASE. */
final class Statements {
  private Statements() {}

  static void runOutsideTransaction(Database database, String sql) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot run: " + sql, e);
    }
  }

  /** Creates the ordinary role; a second call changes nothing. */
  static void createRole(Database admin) {
    if (admin.number("SELECT count(*) FROM pg_roles WHERE rolname = '" + PostgresServer.ROLE + "'")
        == 0) {
      // Tests open thousands of connections; proving the password costs more than all the rest.
      runOutsideTransaction(
          admin,
          "SELECT set_config('scram_iterations', '1', false) FROM pg_settings"
              + " WHERE name = 'scram_iterations'; CREATE ROLE "
              + PostgresServer.ROLE
              + " LOGIN PASSWORD '"
              + PostgresServer.PASSWORD
              + "'");
    }
  }
}
