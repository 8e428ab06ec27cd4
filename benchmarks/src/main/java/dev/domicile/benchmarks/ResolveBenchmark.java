package dev.domicile.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.domicile.router.CacheConfig;
import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/** What a warm route costs over a bare cache of the same kind and contents. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx256m")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 100, time = 10, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls open().
public class ResolveBenchmark {
  /** The URL of the control database. */
  @Param("")
  String control;

  /** The URL of the realm's database. */
  @Param("")
  String realm;

  /** How many tenants take turns, in random order. */
  @Param("1")
  int tenants;

  private Router router;
  private Cache<TenantId, Route> cache;

  /** Opens the router, and fills beside it a cache of the same settings. */
  @Setup
  public void open() throws SQLException {
    router = new RoutingSetup(control, realm).open();
    cache = Caffeine.newBuilder().maximumSize(CacheConfig.DEFAULT.maximumSize()).build();
    for (Route route : RoutingSetup.warm(router, tenants)) {
      cache.put(route.tenant(), route);
    }
  }

  /** Closes all connections. */
  @TearDown
  public void close() {
    router.close();
  }

  /** The route of a tenant that is cached. */
  @Benchmark
  public Route resolve(Turns turns) throws SQLException {
    return router.resolve(turns.next());
  }

  /** The same key from a bare cache. As a route: to cast what was found reads it from memory. */
  @Benchmark
  public @Nullable Route bareCache(Turns turns) {
    return cache.getIfPresent(turns.next());
  }

  /** The order in which one thread asks for the tenants. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls shuffle() first.
  public static class Turns {
    private TenantId[] order;
    private int next;

    /** Chooses an order, another one for each thread. The keys are not the cached instances. */
    @Setup
    public void shuffle(ResolveBenchmark benchmark, ThreadParams thread) {
      List<TenantId> all = new ArrayList<>();
      for (int i = 0; i < benchmark.tenants; i++) {
        all.add(RoutingSetup.tenant(i));
      }
      Collections.shuffle(all, new Random(thread.getThreadIndex()));
      order = all.toArray(TenantId[]::new);
    }

    TenantId next() {
      int i = next;
      next = i + 1 == order.length ? 0 : i + 1;
      return order[i];
    }
  }
}
