package dev.domicile.router;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Asks the database of each realm for an answer, over a connection of its own: a pool that is busy
 * is not a database that is down. At most one question to each realm is under way.
 */
final class HealthCheck implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "domicile-health");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<RealmPool, Future<@Nullable String>> underWay = new ConcurrentHashMap<>();

  List<RealmHealth> check(Collection<RealmPool> pools) {
    long start = System.nanoTime();
    List<RealmPool> asked = List.copyOf(pools);
    List<Future<@Nullable String>> questions =
        asked.stream().map(pool -> underWay.computeIfAbsent(pool, this::ask)).toList();
    List<RealmHealth> answers = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      answers.add(answer(asked.get(i), questions.get(i), start));
    }
    return answers;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private Future<@Nullable String> ask(RealmPool pool) {
    return threads.submit(
        () -> {
          try {
            return problem(pool.database());
          } finally {
            underWay.remove(pool);
          }
        });
  }

  private static @Nullable String problem(DatabaseConfig database) {
    PGSimpleDataSource source = database.unpooled("domicile-health", LIMIT);
    source.setConnectTimeout(Math.toIntExact(LIMIT.toSeconds()));
    try (Connection connection = source.getConnection()) {
      return connection.isValid(Math.toIntExact(LIMIT.toSeconds())) ? null : "it does not answer";
    } catch (SQLException e) {
      return "it cannot be reached (SQLSTATE " + e.getSQLState() + ")";
    }
  }

  private static RealmHealth answer(RealmPool pool, Future<@Nullable String> question, long start) {
    @Nullable String problem;
    try {
      long left = LIMIT.toNanos() - (System.nanoTime() - start);
      problem = question.get(Math.max(0, left), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      problem = "no answer within " + LIMIT;
    } catch (ExecutionException e) {
      problem = "it cannot be asked";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "the check was interrupted";
    }
    return new RealmHealth(
        pool.realm(),
        problem,
        Duration.ofNanos(System.nanoTime() - start),
        pool.active(),
        pool.idle(),
        pool.waiting(),
        pool.maximum());
  }
}
