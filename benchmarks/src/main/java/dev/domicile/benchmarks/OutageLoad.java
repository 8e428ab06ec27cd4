package dev.domicile.benchmarks;

import dev.domicile.router.RouteUnavailableException;
import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import dev.domicile.testkit.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;

/** Requests for tenants whose routes are cached, and look-ups of routes that are not. */
final class OutageLoad implements AutoCloseable {
  private static final int PAUSE_MILLIS = 2;

  private final Router router;
  private final int warmTenants;
  private final int routes;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger nextCold;
  private final AtomicLong warm = new AtomicLong();
  private final AtomicLong warmFailed = new AtomicLong();
  private final AtomicLong coldRefused = new AtomicLong();
  private final AtomicLong lastColdSuccess = new AtomicLong(System.nanoTime());
  private final LongAccumulator longestRefusal = new LongAccumulator(Math::max, 0);
  private volatile boolean closed;

  OutageLoad(Router router, int warmTenants, int routes, int warmThreads, int coldThreads) {
    this.router = router;
    this.warmTenants = warmTenants;
    this.routes = routes;
    this.nextCold = new AtomicInteger(warmTenants);
    for (int i = 0; i < warmThreads + coldThreads; i++) {
      Runnable request = i < warmThreads ? this::warm : this::cold;
      threads.add(new Thread(() -> repeat(request), "load-" + i));
    }
    threads.forEach(Thread::start);
  }

  void reset() {
    warm.set(0);
    warmFailed.set(0);
    coldRefused.set(0);
    longestRefusal.reset();
  }

  Counts counts() {
    return new Counts(warm.get(), warmFailed.get(), coldRefused.get(), longestRefusal.get() / 1e6);
  }

  /** Milliseconds from the given moment until a cold tenant's route was read. */
  double awaitColdSuccess(long since) throws InterruptedException {
    while (lastColdSuccess.get() - since < 0) {
      Thread.sleep(1);
    }
    return (lastColdSuccess.get() - since) / 1e6;
  }

  /** Milliseconds from the given moment until the router saw a change that was made now. */
  double awaitChange(Database control, long since) throws InterruptedException {
    TenantId tenant = RoutingSetup.tenant(0);
    control.execute(
        "UPDATE domicile.route SET epoch = epoch + 1 WHERE client_key = '%s'".formatted(tenant));
    long epoch =
        control.number(
            "SELECT epoch FROM domicile.route WHERE client_key = '%s'".formatted(tenant));
    try {
      while (router.resolve(tenant).epoch() < epoch) {
        Thread.sleep(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("A warm route was refused", e);
    }
    return (System.nanoTime() - since) / 1e6;
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void repeat(Runnable request) {
    try {
      while (!closed) {
        request.run();
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warm() {
    TenantId tenant = RoutingSetup.tenant(ThreadLocalRandom.current().nextInt(warmTenants));
    try (TenantScope scope = TenantContext.open(tenant);
        Connection connection = router.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    } catch (SQLException e) {
      warmFailed.incrementAndGet();
    }
    warm.incrementAndGet();
  }

  private void cold() {
    int number = nextCold.getAndUpdate(last -> last + 1 == routes ? warmTenants : last + 1);
    long start = System.nanoTime();
    try {
      var unused = router.resolve(RoutingSetup.tenant(number));
      lastColdSuccess.accumulateAndGet(start, Math::max);
    } catch (RouteUnavailableException e) {
      coldRefused.incrementAndGet();
      longestRefusal.accumulate(System.nanoTime() - start);
    } catch (SQLException e) {
      throw new IllegalStateException("A cold tenant was refused for another reason", e);
    }
  }

  /**
   * What happened since the last reset.
   *
   * @param longestRefusal in milliseconds
   */
  record Counts(long warm, long warmFailed, long coldRefused, double longestRefusal) {}
}
