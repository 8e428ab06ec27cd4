package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks at regular intervals at what each server is doing and adds up for how long it did what.
 * Without servers it does nothing.
 */
final class StatementSampler implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(20);

  // The order counts: a digest selects from the same tables as everything else.
  private static final String LOOK =
      """
      SELECT CASE
               WHEN query LIKE 'COPY (%hashint4extended(0, %' THEN 'COPY out with hashes'
               WHEN query LIKE '%hashint4extended(0, %' THEN 'digest of a chunk'
               WHEN query LIKE '%row_number() OVER running%' THEN 'bounds of chunks'
               WHEN query LIKE '%domicile_lent%' THEN 'checks before the copy'
               WHEN query LIKE 'COPY (SELECT DISTINCT%' OR query LIKE '% AS domicile_%' THEN 'checks before the copy'
               WHEN query LIKE 'ANALYZE %' THEN 'ANALYZE'
               WHEN query LIKE 'SELECT max(%' THEN 'highest ids'
               WHEN query LIKE 'COPY (%' THEN 'COPY out'
               WHEN query LIKE 'COPY %' THEN 'COPY in'
               ELSE 'everything else' END,
             wait_event_type IS NOT DISTINCT FROM 'Client'
      FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()
        AND datname IN ('source', 'target', 'control')
      """;

  private final Map<String, Connection> servers = new TreeMap<>();
  private final Map<String, Integer> shots = new HashMap<>();
  private final Map<Activity, Spent> spent = new TreeMap<>();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private long lastLook;

  /** Watches the servers, given by name. */
  StatementSampler(Map<String, Database> servers) throws SQLException {
    for (Map.Entry<String, Database> server : servers.entrySet()) {
      this.servers.put(server.getKey(), server.getValue().connect());
    }
  }

  /** Does the work and watches the servers meanwhile. */
  <T> T during(String side, Callable<T> work) throws Exception {
    if (servers.isEmpty()) {
      return work.call();
    }
    shots.merge(side, 1, Integer::sum);
    lastLook = System.nanoTime();
    Future<?> watch =
        thread.scheduleWithFixedDelay(
            () -> look(side), 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    try {
      T result = work.call();
      if (watch.isDone()) {
        watch.get();
      }
      return result;
    } finally {
      watch.cancel(false);
      // The next side must not find a look of this one still going on.
      thread.submit(() -> {}).get();
    }
  }

  /** Seconds of each kind of statement in the mean shot; empty without servers. */
  String report() {
    if (servers.isEmpty()) {
      return "";
    }
    TextTable table = new TextTable("side", "server", "statement", "busy s", "waiting s");
    spent.forEach(
        (activity, time) -> {
          int of = Objects.requireNonNull(shots.get(activity.side()));
          table.add(
              activity.side(),
              activity.server(),
              activity.statement(),
              TextTable.number("%.2f", time.busy() / of),
              TextTable.number("%.2f", time.waiting() / of));
        });
    return System.lineSeparator() + table;
  }

  @Override
  public void close() throws SQLException {
    thread.shutdownNow();
    for (Connection connection : servers.values()) {
      connection.close();
    }
  }

  private void look(String side) {
    long now = System.nanoTime();
    double seconds = (now - lastLook) / 1e9;
    lastLook = now;
    servers.forEach(
        (server, connection) -> {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery(LOOK)) {
            while (row.next()) {
              spent.merge(
                  new Activity(side, server, row.getString(1)),
                  row.getBoolean(2) ? new Spent(0, seconds) : new Spent(seconds, 0),
                  Spent::plus);
            }
          } catch (SQLException e) {
            throw new IllegalStateException("Cannot watch the " + server, e);
          }
        });
  }

  private record Activity(String side, String server, String statement)
      implements Comparable<Activity> {
    private static final Comparator<Activity> ORDER =
        Comparator.comparing(Activity::side)
            .thenComparing(Activity::server)
            .thenComparing(Activity::statement);

    @Override
    public int compareTo(Activity other) {
      return ORDER.compare(this, other);
    }
  }

  /** Seconds in which a statement ran, and in which it waited for its client. */
  private record Spent(double busy, double waiting) {
    Spent plus(Spent other) {
      return new Spent(busy + other.busy, waiting + other.waiting);
    }
  }
}
