package dev.domicile.router;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Cache, loader and lookup together, over a table that is a map. Lincheck makes up short programs
 * of several threads, runs each many times on real threads, the loader's own included, and prints a
 * program whose results one thread could not have had in any order of its steps.
 */
final class RouteLookupTest {
  @Test
  void whatIsSeenOfARouteIsWhatOneThreadCouldSee() {
    new StressOptions()
        // With the loader's own thread that is more than many machines have processors.
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(4)
        .actorsAfter(1)
        .iterations(12)
        .invocationsPerIteration(40)
        .sequentialSpecification(OneThread.class)
        .check(Node.class);
  }

  /** A node, and one tenant of it that nobody else uses. */
  public static final class Node {
    private static final long UNKNOWN = -1;
    private static final CacheConfig CONFIG =
        CacheConfig.DEFAULT
            .withUnknownTimeToLive(Duration.ofHours(1))
            .withLoadsPerSecond(1_000_000)
            .withLoadTimeout(Duration.ofSeconds(30));
    private static final Map<TenantId, RouteRow> TABLE = new ConcurrentHashMap<>();
    private static final AtomicLong TENANTS = new AtomicLong();
    private static final RouteCache CACHE = new RouteCache(CONFIG);
    private static final RouteLoader LOADER = new RouteLoader(Node::read, CACHE, CONFIG);
    private static final RouteLookup LOOKUP =
        new RouteLookup(
            CACHE,
            LOADER,
            new RouteSnapshot(CONFIG, Instant::now),
            new Refusals(),
            CONFIG.frozenWait());

    static {
      CACHE.vouch(true);
    }

    private final TenantId tenant = new TenantId("tenant-" + TENANTS.incrementAndGet());

    /** The feed hears that the tenant has another route. */
    @Operation(nonParallelGroup = "feed")
    public void move() {
      long next = epoch() + 1;
      change(
          next,
          Optional.of(new Route(tenant, new Realm("EU"), Route.State.ACTIVE, next, Instant.EPOCH)));
    }

    /** The feed hears that the tenant has no route any more. */
    @Operation(nonParallelGroup = "feed")
    public void remove() {
      change(epoch() + 1, Optional.empty());
    }

    /** The cache has no room for the tenant. */
    @Operation
    public void evict() {
      CACHE.tenants().remove(tenant);
    }

    /** The epoch of the tenant's route, or {@value #UNKNOWN}. */
    @Operation
    public long resolve() throws RouteUnavailableException {
      try {
        return LOOKUP.resolve(tenant).epoch();
      } catch (UnknownTenantException e) {
        return UNKNOWN;
      }
    }

    private void change(long epoch, Optional<Route> route) {
      RouteRow row = new RouteRow(tenant, epoch, route);
      TABLE.put(tenant, row);
      LOADER.hear(row);
    }

    private long epoch() {
      RouteRow row = TABLE.get(tenant);
      return row == null ? 0 : row.epoch();
    }

    /** Reads, and takes its time to come back. */
    private static List<RouteRow> read(List<TenantId> keys) {
      List<RouteRow> rows = keys.stream().map(TABLE::get).filter(Objects::nonNull).toList();
      LockSupport.parkNanos(20_000);
      return rows;
    }
  }

  /** The same where there is one thread and no cache. */
  public static final class OneThread {
    private long epoch;
    private boolean present;

    /** Another route. */
    public void move() {
      epoch++;
      present = true;
    }

    /** No route. */
    public void remove() {
      epoch++;
      present = false;
    }

    /** Nothing that can be seen. */
    public void evict() {}

    /** The epoch of the route, if there is one. */
    public long resolve() {
      return present ? epoch : Node.UNKNOWN;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OneThread that && epoch == that.epoch && present == that.present;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(2 * epoch + (present ? 1 : 0));
    }
  }
}
