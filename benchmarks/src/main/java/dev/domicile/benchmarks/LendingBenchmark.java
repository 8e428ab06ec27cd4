package dev.domicile.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
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
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/** What a routed connection costs over one of a bare pool, and of Spring's routing data source. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx256m")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 100, time = 10, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls open().
public class LendingBenchmark {
  private static final ThreadLocal<@Nullable Realm> SPRING_KEY = new ThreadLocal<>();

  /** The URL of the control database. */
  @Param("")
  String control;

  /** The URL of the realm's database. */
  @Param("")
  String realm;

  private Router router;
  private HikariDataSource pool;
  private AbstractRoutingDataSource spring;

  /** Opens the router, and beside it a pool of the same settings, bare and behind Spring. */
  @Setup
  public void open() throws SQLException {
    router = new RoutingSetup(control, realm).open();
    var unused = RoutingSetup.warm(router, 2);
    HikariConfig hikari = new HikariConfig();
    hikari.setDataSource(RoutingSetup.config(realm).unpooled("benchmarks"));
    hikari.setMaximumPoolSize(RoutingSetup.POOL.maximumSize());
    pool = new HikariDataSource(hikari);
    spring =
        new AbstractRoutingDataSource() {
          @Override
          protected @Nullable Object determineCurrentLookupKey() {
            return SPRING_KEY.get();
          }
        };
    spring.setTargetDataSources(Map.of(RoutingSetup.REALM, pool));
    spring.afterPropertiesSet();
  }

  /** Closes all connections. */
  @TearDown
  public void close() {
    router.close();
    pool.close();
  }

  /** A connection, lent and given back, from a bare pool. */
  @Benchmark
  public boolean barePool() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return connection.isClosed();
    }
  }

  /** The same of Spring's routing data source, whose key is set already. */
  @Benchmark
  public boolean springRouting(OpenScope scope) throws SQLException {
    try (Connection connection = spring.getConnection()) {
      return connection.isClosed();
    }
  }

  /** The same of the router's data source, in a scope that is open already. */
  @Benchmark
  public boolean connectionInScope(OpenScope scope) throws SQLException {
    try (Connection connection = router.dataSource().getConnection()) {
      return connection.isClosed();
    }
  }

  /** Spring's with the key set and taken away, as a request does it. */
  @Benchmark
  public boolean springKeyAndConnection() throws SQLException {
    SPRING_KEY.set(RoutingSetup.REALM);
    try (Connection connection = spring.getConnection()) {
      return connection.isClosed();
    } finally {
      SPRING_KEY.remove();
    }
  }

  /** A scope for one connection, as a request that needs just one has it. */
  @Benchmark
  public boolean scopeAndConnection(Tenants tenants) throws SQLException {
    try (TenantScope scope = TenantContext.open(tenants.first);
        Connection connection = router.dataSource().getConnection()) {
      return connection.isClosed();
    }
  }

  /** The same, but for another tenant than the connection was lent to last. */
  @Benchmark
  public boolean otherTenant(Tenants tenants) throws SQLException {
    try (TenantScope scope = TenantContext.open(tenants.other());
        Connection connection = router.dataSource().getConnection()) {
      return connection.isClosed();
    }
  }

  /** A bare pool's connection with the least round trip there is. */
  @Benchmark
  public boolean bareSelect1() throws SQLException {
    return run(pool, "SELECT 1");
  }

  /** The same of the router's: a connection that was used is looked at when it is lent again. */
  @Benchmark
  public boolean select1InScope(OpenScope scope) throws SQLException {
    return run(router.dataSource(), "SELECT 1");
  }

  /** A bare pool's connection with its session made as new in the plain way. */
  @Benchmark
  public boolean bareDiscardAll() throws SQLException {
    return run(pool, "DISCARD ALL");
  }

  private static boolean run(DataSource source, String sql) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      return statement.execute(sql);
    }
  }

  /** A scope that one thread keeps open for a whole iteration. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls open() first.
  public static class OpenScope {
    private TenantScope scope;

    /** Opens it. */
    @Setup(Level.Iteration)
    public void open() {
      scope = TenantContext.open(RoutingSetup.tenant(0));
      SPRING_KEY.set(RoutingSetup.REALM);
    }

    /** Closes it. */
    @TearDown(Level.Iteration)
    public void close() {
      scope.close();
      SPRING_KEY.remove();
    }
  }

  /** The tenants of one thread. A thread gets the connection back that it had last. */
  @State(Scope.Thread)
  public static class Tenants {
    // Not final, lest the compiler work with their values.
    private TenantId first = RoutingSetup.tenant(0);
    private TenantId second = RoutingSetup.tenant(1);
    private boolean turn;

    TenantId other() {
      turn = !turn;
      return turn ? first : second;
    }
  }
}
