package dev.domicile.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Loads, changes and evictions of the same few tenants at once: what a change has replaced is never
 * seen again. The table is a map here, which makes the races far more frequent than a database
 * would.
 */
final class RouteCacheRaceTest {
  private static final int TENANTS = 4;

  /** The tenant whose route is changed but never removed. */
  private static final int KEPT = 0;

  private static final Duration LENGTH =
      Duration.ofMillis(Long.getLong("domicile.test.race-millis", 2000));

  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());
  private final List<TenantId> tenants =
      IntStream.range(0, TENANTS).mapToObj(i -> new TenantId("tenant-" + i)).toList();
  private final ConcurrentHashMap<TenantId, RouteRow> table = new ConcurrentHashMap<>();

  /** The epoch of each tenant that the feed has taken in. */
  private final AtomicLongArray heard = new AtomicLongArray(TENANTS);

  @Test
  void whatAChangeHasReplacedIsNeverSeenAgain() throws Exception {
    System.out.println("RouteCacheRaceTest: -Ddomicile.test.seed=" + seed);
    CacheConfig config =
        CacheConfig.DEFAULT
            .withUnknownTimeToLive(Duration.ofHours(1))
            .withLoadsPerSecond(1_000_000)
            .withLoadTimeout(Duration.ofSeconds(30));
    RouteCache cache = new RouteCache(config);
    cache.vouch(true);
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (RouteLoader loader = new RouteLoader(this::read, cache, config)) {
      RouteLookup lookup =
          new RouteLookup(
              cache,
              loader,
              new RouteSnapshot(config, Instant::now),
              new Refusals(),
              config.frozenWait());
      List<Future<Long>> workers = new ArrayList<>();
      workers.add(threads.submit(() -> change(over, loader)));
      workers.add(threads.submit(() -> evict(over, cache)));
      for (int i = 0; i < 3; i++) {
        long own = seed + i;
        Callable<Long> resolver = () -> resolve(over, lookup, new Random(own));
        workers.add(threads.submit(resolver));
      }
      Thread.sleep(LENGTH.toMillis());
      over.set(true);
      for (Future<Long> worker : workers) {
        assertThat(worker.get()).isPositive();
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
  }

  /** Reads, and takes its time to come back. */
  private List<RouteRow> read(List<TenantId> keys) {
    List<RouteRow> rows =
        keys.stream().flatMap(key -> Optional.ofNullable(table.get(key)).stream()).toList();
    LockSupport.parkNanos(20_000);
    return rows;
  }

  /** Changes the table, then does what the feed does when it hears of it. */
  private long change(AtomicBoolean over, RouteLoader loader) {
    Random random = new Random(seed);
    long changes = 0;
    while (!over.get()) {
      int which = random.nextInt(TENANTS);
      TenantId tenant = tenants.get(which);
      long epoch = heard.get(which) + 1;
      Optional<Route> route =
          which != KEPT && random.nextInt(4) == 0
              ? Optional.empty()
              : Optional.of(
                  new Route(tenant, new Realm("EU"), Route.State.ACTIVE, epoch, Instant.EPOCH));
      RouteRow row = new RouteRow(tenant, epoch, route);
      table.put(tenant, row);
      loader.hear(row);
      heard.set(which, epoch);
      changes++;
    }
    return changes;
  }

  private long evict(AtomicBoolean over, RouteCache cache) {
    Random random = new Random(~seed);
    long evictions = 0;
    while (!over.get()) {
      cache.tenants().remove(tenants.get(random.nextInt(TENANTS)));
      evictions++;
    }
    return evictions;
  }

  private long resolve(AtomicBoolean over, RouteLookup lookup, Random random) throws Exception {
    long resolved = 0;
    while (!over.get()) {
      int which = random.nextInt(TENANTS);
      long atLeast = heard.get(which);
      try {
        Route route = lookup.resolve(tenants.get(which));
        assertThat(route.epoch()).isGreaterThanOrEqualTo(atLeast);
      } catch (UnknownTenantException e) {
        assertThat(which != KEPT || atLeast == 0).as("the kept tenant is known").isTrue();
      }
      resolved++;
    }
    return resolved;
  }
}
