package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The initial copy of a native subscription to a publication with row filters, by superusers. Its
 * workers do not fire foreign-key triggers and check no references afterwards.
 */
final class LogicalReplication {
  private static final String NAME = "domicile_benchmark";
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private LogicalReplication() {}

  /** Publishes the tenant's rows, subscribes, and waits until every table is there. */
  static void copy(Database source, Database target, String tenant)
      throws SQLException, InterruptedException {
    try (Connection from = source.connect();
        Statement at = from.createStatement()) {
      at.execute(publication(at, tenant));
    }
    URI address = URI.create(source.url().substring("jdbc:".length()));
    try (Connection to = target.connect();
        Statement at = to.createStatement()) {
      at.execute(
          "CREATE SUBSCRIPTION %1$s CONNECTION 'host=%2$s port=%3$d dbname=%4$s user=%5$s password=%6$s' PUBLICATION %1$s"
              .formatted(
                  NAME,
                  address.getHost(),
                  address.getPort(),
                  address.getPath().substring(1),
                  source.user(),
                  source.password()));
      long end = System.nanoTime() + LIMIT.toNanos();
      while (number(
              at, "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')")
          > 0) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("the subscription did not copy all tables in " + LIMIT);
        }
        Thread.sleep(5);
      }
    }
  }

  /** Ends the subscription, if there is one. */
  static void end(Database source, Database target) throws SQLException {
    try (Connection to = target.connect();
        Statement at = to.createStatement()) {
      at.execute("DROP SUBSCRIPTION IF EXISTS " + NAME);
    }
    try (Connection from = source.connect();
        Statement at = from.createStatement()) {
      at.execute("DROP PUBLICATION IF EXISTS " + NAME);
    }
  }

  private static String publication(Statement at, String tenant) throws SQLException {
    String notes = " FROM note WHERE " + SampleTable.NOTE.condition(tenant);
    long first = number(at, "SELECT min(id)" + notes);
    long last = number(at, "SELECT max(id)" + notes);
    return Arrays.stream(SampleTable.values())
        .map(table -> table + " WHERE (" + table.condition(tenant, first, last) + ")")
        .collect(
            Collectors.joining(
                ", ", "CREATE PUBLICATION " + NAME + " FOR TABLE ", " WITH (publish = 'insert')"));
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
