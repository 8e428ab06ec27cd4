package dev.domicile.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.domicile.router.CacheConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import dev.domicile.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a warm router costs over the parts that it is made of. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx256m")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls open().
public class RoutingBenchmark {
  static final TenantId TENANT = new TenantId("tenant-a");
  static final Realm REALM = new Realm("EU");
  private static final PoolConfig POOL = new PoolConfig(4, Duration.ofSeconds(5));

  /** The URL of the control database. */
  @Param("")
  String control;

  /** The URL of the realm's database. */
  @Param("")
  String realm;

  private Router router;
  private HikariDataSource pool;
  private Cache<TenantId, Optional<Route>> cache;
  private Cache<TenantId, Optional<Route>> expiringCache;

  // Not final, lest the compiler work with its value.
  private TenantId tenant = TENANT;

  /** Opens the router, and beside it a pool and a cache of the same settings. */
  @Setup
  public void open() throws SQLException {
    router = new Router(new RouterConfig(config(control), Map.of(REALM, config(realm))));
    HikariConfig hikari = new HikariConfig();
    hikari.setDataSource(config(realm).unpooled("benchmarks"));
    hikari.setMaximumPoolSize(POOL.maximumSize());
    pool = new HikariDataSource(hikari);
    cache = Caffeine.newBuilder().maximumSize(CacheConfig.DEFAULT.maximumSize()).build();
    expiringCache =
        Caffeine.newBuilder()
            .maximumSize(CacheConfig.DEFAULT.maximumSize())
            .expireAfterWrite(Duration.ofHours(1))
            .build();
    tenant = new TenantId(TENANT.clientKey());
    Optional<Route> route = Optional.of(router.resolve(tenant));
    cache.put(tenant, route);
    expiringCache.put(tenant, route);
  }

  /** Closes all connections. */
  @TearDown
  public void close() {
    router.close();
    pool.close();
  }

  /** The route of a tenant that is cached. */
  @Benchmark
  public Route resolve() throws SQLException {
    return router.resolve(tenant);
  }

  /** The same key from a bare cache. */
  @Benchmark
  public @Nullable Object bareCache() {
    return cache.getIfPresent(tenant);
  }

  /** The same from a cache whose entries expire, so that it looks at the clock as the router's. */
  @Benchmark
  public @Nullable Object bareExpiringCache() {
    return expiringCache.getIfPresent(tenant);
  }

  /** A connection, lent and given back, within a scope that is open already. */
  @Benchmark
  public boolean connectionInScope(OpenScope scope) throws SQLException {
    try (Connection connection = router.dataSource().getConnection()) {
      return connection.isClosed();
    }
  }

  /** A scope for one connection, as a request that needs just one has it. */
  @Benchmark
  public boolean scopeAndConnection() throws SQLException {
    try (TenantScope scope = TenantContext.open(tenant);
        Connection connection = router.dataSource().getConnection()) {
      return connection.isClosed();
    }
  }

  /** A connection, lent and given back, from a bare pool. */
  @Benchmark
  public boolean barePool() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return connection.isClosed();
    }
  }

  static DatabaseConfig config(String url) {
    return new DatabaseConfig(url, PostgresServer.ROLE, PostgresServer.PASSWORD, POOL);
  }

  /** A scope that one thread keeps open for a whole iteration. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls open() first.
  public static class OpenScope {
    private TenantScope scope;

    /** Opens it. */
    @Setup(Level.Iteration)
    public void open() {
      scope = TenantContext.open(TENANT);
    }

    /** Closes it. */
    @TearDown(Level.Iteration)
    public void close() {
      scope.close();
    }
  }
}
