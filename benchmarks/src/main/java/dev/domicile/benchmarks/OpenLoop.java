package dev.domicile.benchmarks;

import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests that come at a steady rate, whether those before are done or not, to a fixed number of
 * threads and a queue before them, as a servlet container has them. A request's time counts from
 * the moment when it was due.
 */
final class OpenLoop implements AutoCloseable {
  /** A thread that is free again sooner is not called held. */
  private static final Duration SLOW = Duration.ofMillis(300);

  private final Router router;
  private final ExecutorService threads;
  private final Map<Target, Tally> tallies = new ConcurrentHashMap<>();

  OpenLoop(Router router, int threads) {
    this.router = router;
    this.threads = Executors.newFixedThreadPool(threads);
  }

  /** Sends requests for each of the tenants and does not wait for the last of them. */
  void run(String phase, List<TenantId> tenants, int rate, Duration duration)
      throws InterruptedException {
    long interval = Duration.ofSeconds(1).toNanos() / rate;
    long start = System.nanoTime();
    for (long due = start; due - start < duration.toNanos(); due += interval) {
      TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      for (TenantId tenant : tenants) {
        long moment = due;
        threads.execute(() -> request(new Target(phase, tenant), moment));
      }
    }
  }

  void awaitEnd() throws InterruptedException {
    threads.shutdown();
    if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("Requests do not end");
    }
  }

  Seen seen(String phase, TenantId tenant) {
    return tally(new Target(phase, tenant)).seen();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void request(Target target, long due) {
    long start = System.nanoTime();
    @Nullable SQLException problem = null;
    try (TenantScope scope = TenantContext.open(target.tenant());
        Connection connection = router.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    } catch (SQLException e) {
      problem = e;
    }
    tally(target).add(due, start, System.nanoTime(), problem != null);
  }

  private Tally tally(Target target) {
    return tallies.computeIfAbsent(target, first -> new Tally());
  }

  /**
   * What was seen of the requests of one tenant in one phase.
   *
   * @param held how many threads at most were held by slow requests at the same time
   */
  record Seen(Samples millis, long failed, int held) {}

  private record Target(String phase, TenantId tenant) {}

  private static final class Tally {
    private final List<Double> millis = new ArrayList<>();

    /** By moment, how many slow requests began less how many ended. */
    private final NavigableMap<Long, Integer> slow = new TreeMap<>();

    private long failed;

    synchronized void add(long due, long start, long end, boolean hasFailed) {
      millis.add((end - due) / 1e6);
      failed += hasFailed ? 1 : 0;
      if (end - start > SLOW.toNanos()) {
        slow.merge(start, 1, Integer::sum);
        slow.merge(end, -1, Integer::sum);
      }
    }

    synchronized Seen seen() {
      int held = 0;
      int most = 0;
      for (int change : slow.values()) {
        held += change;
        most = Math.max(most, held);
      }
      return new Seen(new Samples(millis), failed, most);
    }
  }
}
