package dev.domicile.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * One database and the role that opens it.
 *
 * @param name the database's name
 * @param url a JDBC URL without credentials
 * @param user the role
 * @param password the role's password
 */
public record Database(String name, String url, String user, String password) {

  /** Opens a connection; the caller closes it. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(url, user, password);
  }

  /** Runs a script of one or more statements in one transaction. */
  public void execute(String sql) {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot run a script in database " + name, e);
    }
  }

  /** Returns the first column of each row as text; a null stays the word "null". */
  public List<String> list(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(String.valueOf(rows.getString(1)));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot query database " + name, e);
    }
  }

  /** Returns the single number that the query yields. */
  public long number(String sql) {
    return Long.parseLong(list(sql).get(0));
  }

  /** The same database, opened by another role. */
  public Database as(String otherUser, String otherPassword) {
    return new Database(name, url, otherUser, otherPassword);
  }
}
