package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Two more ways to move a tenant's rows, each in one transaction and without any check. */
final class OtherWays {
  private static final int BATCH = 1000;

  private OtherWays() {}

  /** {@code INSERT … SELECT} over {@code postgres_fdw}, which reads 10,000 rows at a time. */
  static void fdw(Database source, Database target, String tenant) throws SQLException {
    URI address = URI.create(source.url().substring("jdbc:".length()));
    try (Connection to = target.connect();
        Statement at = to.createStatement()) {
      to.setAutoCommit(false);
      at.execute(
          """
          CREATE EXTENSION IF NOT EXISTS postgres_fdw;
          CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw
            OPTIONS (host '%s', port '%d', dbname '%s', fetch_size '10000');
          CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user '%s', password '%s');
          CREATE SCHEMA far;
          IMPORT FOREIGN SCHEMA public FROM SERVER far INTO far
          """
              .formatted(
                  address.getHost(),
                  address.getPort(),
                  address.getPath().substring(1),
                  source.user(),
                  source.password()));
      for (SampleTable table : SampleTable.values()) {
        String columns = PlainPipe.columns(to, table);
        at.execute(
            "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE %s"
                .formatted(
                    table,
                    columns,
                    table
                        .select(columns, tenant)
                        .replaceAll("FROM (?=" + table + " )", "FROM far.")
                        .replace("FROM note ", "FROM far.note ")));
      }
      at.execute("DROP SCHEMA far CASCADE; DROP SERVER far CASCADE");
      to.commit();
    }
  }

  /**
   * Batches of 1,000 inserts, which the driver rewrites to inserts of many rows, with foreign-key
   * triggers off: an answer may come in an earlier batch than the comment that it refers to.
   */
  static void batches(Database source, Database target, String tenant) throws SQLException {
    String url = target.url() + "?reWriteBatchedInserts=true&stringtype=unspecified";
    try (Connection from = source.connect();
        Connection to = DriverManager.getConnection(url, target.user(), target.password())) {
      from.setAutoCommit(false);
      to.setAutoCommit(false);
      try (Statement at = to.createStatement()) {
        at.execute("SET LOCAL session_replication_role = replica");
      }
      for (SampleTable table : SampleTable.values()) {
        batches(from, to, table, tenant);
      }
      to.commit();
    }
  }

  private static void batches(Connection from, Connection to, SampleTable table, String tenant)
      throws SQLException {
    String columns = PlainPipe.columns(from, table);
    String values =
        Arrays.stream(columns.split(", ")).map(c -> "?").collect(Collectors.joining(", "));
    try (Statement select = from.createStatement();
        PreparedStatement insert =
            to.prepareStatement(
                "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)"
                    .formatted(table, columns, values))) {
      select.setFetchSize(BATCH);
      try (ResultSet rows = select.executeQuery(table.select(columns, tenant))) {
        int width = rows.getMetaData().getColumnCount();
        int waiting = 0;
        while (rows.next()) {
          for (int i = 1; i <= width; i++) {
            insert.setString(i, rows.getString(i));
          }
          insert.addBatch();
          if (++waiting == BATCH) {
            insert.executeBatch();
            waiting = 0;
          }
        }
        insert.executeBatch();
      }
    }
  }
}
