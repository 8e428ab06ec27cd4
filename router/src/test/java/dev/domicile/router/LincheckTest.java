package dev.domicile.router;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Lincheck makes up short programs of several threads, runs them over and over, and looks for an
 * outcome that no order of their operations explains: then it prints the shortest such program.
 */
final class LincheckTest {
  private static final int PROGRAMS = Integer.getInteger("domicile.test.lincheck-programs", 15);
  private static final int RUNS = 300;

  @Test
  void whatIsCachedAndWhatIsPinnedIsAsIfOneThreadDidAll() {
    new StressOptions()
        .threads(3)
        .actorsBefore(2)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(PROGRAMS)
        .invocationsPerIteration(RUNS)
        .sequentialSpecification(OneThread.class)
        .check(Node.class);
  }

  /** Cache, loader, lookup and the scope of one tenant. The table is a map. */
  public static final class Node {
    private static final CacheConfig CONFIG =
        CacheConfig.DEFAULT
            .withMaximumSize(1000)
            .withUnknownTimeToLive(Duration.ofHours(1))
            .withLoadsPerSecond(1_000_000)
            .withLoadTimeout(Duration.ofMinutes(1));
    private static final Map<TenantId, RouteRow> TABLE = new ConcurrentHashMap<>();
    private static final RouteCache CACHE = new RouteCache(CONFIG);
    private static final RouteLoader LOADER = new RouteLoader(Node::read, CACHE, CONFIG);
    private static final RouteLookup LOOKUP =
        new RouteLookup(
            CACHE,
            LOADER,
            new RouteSnapshot(CONFIG, Instant::now),
            new Refusals(),
            CONFIG.frozenWait());
    private static final AtomicLong TENANTS = new AtomicLong();

    static {
      CACHE.vouch(true);
    }

    private final TenantId tenant = new TenantId("tenant-" + TENANTS.incrementAndGet());
    private final PinnedRoute scope = new PinnedRoute(tenant);
    private long epoch;

    private static List<RouteRow> read(List<TenantId> tenants) {
      return tenants.stream().flatMap(key -> Optional.ofNullable(TABLE.get(key)).stream()).toList();
    }

    @Operation(nonParallelGroup = "feed")
    public void move() {
      change(Route.State.ACTIVE);
    }

    @Operation(nonParallelGroup = "feed")
    public void freeze() {
      change(Route.State.FROZEN);
    }

    @Operation(nonParallelGroup = "feed")
    public void remove() {
      hear(Optional.empty());
    }

    @Operation
    public void evict() {
      CACHE.tenants().remove(tenant);
    }

    @Operation
    public void lookAgain() {
      LOADER.refresh(tenant);
    }

    /** The epoch of the route, or what stands for none. */
    @Operation
    public long look() throws RouteUnavailableException {
      try {
        return LOOKUP.resolve(tenant).epoch();
      } catch (UnknownTenantException e) {
        return OneThread.NONE;
      }
    }

    /** The same for a scope, which keeps the first route on which it may be served. */
    @Operation
    public long pin() throws Exception {
      try {
        return scope.resolve(LOOKUP).epoch();
      } catch (UnknownTenantException e) {
        return OneThread.NONE;
      } catch (TenantFrozenException e) {
        return OneThread.FROZEN;
      }
    }

    private void change(Route.State state) {
      hear(Optional.of(new Route(tenant, new Realm("EU"), state, epoch + 1, Instant.EPOCH)));
    }

    private void hear(Optional<Route> route) {
      epoch++;
      RouteRow row = new RouteRow(tenant, epoch, route);
      TABLE.put(tenant, row);
      LOADER.hear(row);
    }
  }

  /** What each operation does and answers where there is one thread. */
  public static final class OneThread {
    static final long NONE = 0;
    static final long FROZEN = -1;

    private long epoch;
    private boolean routed;
    private boolean frozen;
    private long pinned;

    public void move() {
      change(true, false);
    }

    public void freeze() {
      change(true, true);
    }

    public void remove() {
      change(false, false);
    }

    public void evict() {}

    public void lookAgain() {}

    public long look() {
      return routed ? epoch : NONE;
    }

    public long pin() {
      if (pinned == 0 && routed && !frozen) {
        pinned = epoch;
      }
      return pinned != 0 ? pinned : routed ? FROZEN : NONE;
    }

    private void change(boolean nowRouted, boolean nowFrozen) {
      epoch++;
      routed = nowRouted;
      frozen = nowFrozen;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OneThread that
          && List.of(epoch, routed, frozen, pinned)
              .equals(List.of(that.epoch, that.routed, that.frozen, that.pinned));
    }

    @Override
    public int hashCode() {
      return Long.hashCode(epoch);
    }
  }
}
