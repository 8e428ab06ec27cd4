package dev.domicile.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever happens to the loader, it goes on. The source is a function here, to make it happen. */
final class RouteLoaderTest {
  private static final TenantId X = new TenantId("x");
  private static final TenantId Y = new TenantId("y");
  private static final CacheConfig CONFIG =
      CacheConfig.DEFAULT.withLoadTimeout(Duration.ofMillis(300));

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile Function<List<TenantId>, List<RouteRow>> source = RouteLoaderTest::rows;
  private final RouteCache cache = new RouteCache(CONFIG);
  private final RouteLoader loader = new RouteLoader(this::read, cache, CONFIG);

  @AfterEach
  void end() {
    loader.close();
    threads.shutdownNow();
  }

  @Test
  void anErrorDoesNotEndIt() {
    source =
        keys -> {
          throw new OutOfMemoryError("not really");
        };
    assertThatThrownBy(() -> loader.load(X)).isInstanceOf(RouteUnavailableException.class);
    source = RouteLoaderTest::rows;
    awaitLoad(Y);
  }

  @Test
  void aCallerThatIsLetThroughAfterAnOutageLeavesTheWayOpen() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch publishing = new CountDownLatch(1);
    CountDownLatch published = new CountDownLatch(1);
    source =
        keys -> {
          awaitQuietly(hanging);
          return rows(keys);
        };
    // Whoever publishes tenant x waits: the outcome is recorded by then, the load is not over.
    Future<?> slow =
        threads.submit(
            () ->
                cache.learn(
                    X,
                    Optional.empty(),
                    () -> {
                      publishing.countDown();
                      awaitQuietly(published);
                      return true;
                    }));
    publishing.await();
    Future<Optional<Route>> first = threads.submit(() -> loader.load(X));
    Future<Optional<Route>> second = threads.submit(() -> loader.load(X));
    assertThatThrownBy(first::get).hasCauseInstanceOf(RouteUnavailableException.class);
    assertThatThrownBy(second::get).hasCauseInstanceOf(RouteUnavailableException.class);
    hanging.countDown();
    Thread.sleep(600);
    Future<Optional<Route>> probe = threads.submit(() -> loader.load(X));
    Thread.sleep(100);
    published.countDown();
    slow.get();
    assertThat(probe.get()).isPresent();

    awaitLoad(Y);
  }

  /** Whether the machine is busy says how late a caller is woken; one of them is woken soon. */
  @Test
  void refusesWithinTheLimit() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch together = new CountDownLatch(1);
    source =
        keys -> {
          awaitQuietly(hanging);
          return rows(keys);
        };
    List<Future<Duration>> callers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      callers.add(threads.submit(() -> refusal(together)));
    }
    together.countDown();
    List<Duration> waited = new ArrayList<>();
    for (Future<Duration> caller : callers) {
      waited.add(caller.get());
    }
    hanging.countDown();

    assertThat(waited).allMatch(time -> time.toMillis() > 200);
    assertThat(waited).anyMatch(time -> time.compareTo(CONFIG.loadTimeout()) < 0);
  }

  private Duration refusal(CountDownLatch start) {
    awaitQuietly(start);
    long began = System.nanoTime();
    assertThatThrownBy(() -> loader.load(X)).hasMessageContaining("no answer within");
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void interruptedCallersCutOffNobody() throws Exception {
    for (int i = 0; i < 5; i++) {
      TenantId tenant = new TenantId("interrupted-" + i);
      Thread caller =
          new Thread(
              () -> {
                Thread.currentThread().interrupt();
                try {
                  var unused = loader.load(tenant);
                } catch (RouteUnavailableException e) {
                  assertThat(e.getMessage()).contains("interrupted");
                }
              });
      caller.start();
      caller.join();
    }
    assertThat(loader.load(Y)).isPresent();
  }

  @Test
  void oneKeyThatCannotBeReadHarmsNoOther() throws Exception {
    AtomicBoolean first = new AtomicBoolean(true);
    CountDownLatch waiting = new CountDownLatch(1);
    source =
        keys -> {
          if (first.getAndSet(false)) {
            awaitQuietly(waiting);
          }
          if (keys.contains(X)) {
            throw new DataAccessException("for the test", new java.sql.SQLException("", "22021"));
          }
          return rows(keys);
        };
    List<Future<Optional<Route>>> callers =
        List.of(
            threads.submit(() -> loader.load(new TenantId("before"))),
            threads.submit(() -> loader.load(X)),
            threads.submit(() -> loader.load(Y)));
    Thread.sleep(100);
    waiting.countDown();

    assertThat(callers.get(0).get()).isPresent();
    assertThatThrownBy(callers.get(1)::get).hasCauseInstanceOf(RouteUnavailableException.class);
    assertThat(callers.get(2).get()).isPresent();
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> loader.load(X)).isInstanceOf(RouteUnavailableException.class);
    }
    assertThat(loader.load(new TenantId("after"))).isPresent();
  }

  @Test
  void anOlderRowDoesNotReplaceALaterOne() {
    cache.vouch(true);
    cache.learn(X, Optional.of(row(X, 5)), () -> false);
    cache.learn(X, Optional.of(row(X, 4)), () -> false);
    cache.update(row(X, 3));
    Route known = cache.hit(X);
    assertThat(known).isNotNull().extracting(Route::epoch).isEqualTo(5L);
  }

  /** It finds nothing cached yet, and must not pass by. */
  @Test
  void aChangeThatIsHeardWhileARouteIsTakenInReplacesIt() throws Exception {
    cache.vouch(true);
    List<Future<?>> hearing = new ArrayList<>();
    cache.learn(
        X,
        Optional.of(row(X, 1)),
        () -> {
          hearing.add(threads.submit(() -> cache.update(row(X, 2))));
          awaitQuietly(hearing.get(0), Duration.ofMillis(300));
          return false;
        });
    hearing.get(0).get();
    assertThat(epoch(X)).isEqualTo(2);
  }

  @Test
  void aLookThatIsAskedForDuringALoadIsTakenAfterIt() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    AtomicInteger reads = new AtomicInteger();
    source =
        keys -> {
          if (reads.incrementAndGet() == 1) {
            reading.countDown();
            awaitQuietly(changed);
            return rows(keys);
          }
          return keys.stream().map(key -> row(key, 2)).toList();
        };
    cache.vouch(true);
    Future<Optional<Route>> caller = threads.submit(() -> loader.load(X));
    reading.await();
    loader.refresh(X);
    changed.countDown();

    await().until(() -> epoch(X) == 2);
    assertThat(caller).isNotCancelled();
  }

  @Test
  void aTenantIsLookedForAnewOnceInAWhileHoweverOftenThatIsAskedFor() {
    AtomicInteger reads = new AtomicInteger();
    source =
        keys -> {
          reads.incrementAndGet();
          return rows(keys);
        };
    long start = System.nanoTime();
    for (int i = 0; i < 100_000; i++) {
      loader.refresh(X);
    }
    long tenths = (System.nanoTime() - start) / 100_000_000;
    awaitLoad(Y);
    assertThat(reads.get()).isBetween(2, (int) tenths + 2);
  }

  @Test
  void whatIsCachedServesOnWhereANewLookFails() {
    cache.vouch(true);
    cache.learn(X, Optional.of(row(X, 5)), () -> false);
    source =
        keys -> {
          throw new IllegalStateException("for the test");
        };
    loader.refresh(X);
    await().until(() -> loader.counts().failures() == 1);
    assertThat(epoch(X)).isEqualTo(5);
  }

  @Test
  void madeUpKeysAreForgotten() {
    for (int i = 0; i < 50_000; i++) {
      cache.learn(new TenantId("made-up-" + i), Optional.empty(), () -> false);
    }
    await().until(() -> cache.unknown() <= 10_000);
    assertThat(cache.size()).isZero();
    // The count is one of those that are left, not an estimate of nothing.
    assertThat(cache.unknown()).isPositive();
  }

  private long epoch(TenantId tenant) {
    Route route = cache.hit(tenant);
    return route == null ? 0 : route.epoch();
  }

  private List<RouteRow> read(List<TenantId> keys) {
    return keys.isEmpty() ? List.of() : source.apply(keys);
  }

  private void awaitLoad(TenantId tenant) {
    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptions()
        .until(() -> loader.load(tenant).isPresent());
  }

  private static List<RouteRow> rows(List<TenantId> keys) {
    return keys.stream().map(key -> row(key, 1)).toList();
  }

  private static RouteRow row(TenantId tenant, long epoch) {
    Route route = new Route(tenant, new Realm("EU"), Route.State.ACTIVE, epoch, Instant.EPOCH);
    return new RouteRow(tenant, epoch, Optional.of(route));
  }

  private static void awaitQuietly(Future<?> work, Duration atMost) {
    try {
      work.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // It waits; what comes of it is looked at later.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
