package dev.domicile.router;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.failsafe.CircuitBreaker;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one realm's database. However slow or dead the database is, it holds a bounded
 * number of callers: those with a connection, and a few who wait for one.
 */
final class RealmPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RealmPool.class);

  /** Callers wait in slices of this length, so that they hear of the end of the pool. */
  private static final Duration SLICE = Duration.ofMillis(250);

  /** SQLSTATEs of a lost connection, a server that stops, and a transaction that was left open. */
  private static final List<String> USED_UP = List.of("08", "57P", RealmConnection.USED_UP);

  private static final Duration VALIDATION = Duration.ofSeconds(1);
  private static final Duration RETRY_AFTER = Duration.ofMillis(500);

  private final Realm realm;
  private final DatabaseConfig database;
  private final HikariDataSource pool;
  private final HikariPoolMXBean state;
  private final int maximumWaiting;

  /** Open while no connection can be made at all. */
  private final CircuitBreaker<Object> circuit =
      CircuitBreaker.builder().withDelay(RETRY_AFTER).build();

  /** Callers who have waited for a slice. The pool itself does not count them between slices. */
  private final AtomicInteger patient = new AtomicInteger();

  private volatile boolean closed;

  RealmPool(
      Realm realm, DatabaseConfig database, SessionConfig sessions, Consumer<TenantId> fenced) {
    String name = "domicile-" + realm;
    this.realm = realm;
    this.database = database;
    this.maximumWaiting = database.pool().maximumWaiting();
    HikariConfig config =
        settings(name, database.pool(), new RealmDataSource(database, name, sessions));
    config.setConnectionTimeout(SLICE.toMillis());
    config.setExceptionOverride(new FenceWatch(fenced));
    this.pool = new HikariDataSource(config);
    this.state = pool.getHikariPoolMXBean();
  }

  /** The settings of a pool that starts whether its database is up or not. */
  static HikariConfig settings(String name, PoolConfig pool, DataSource source) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source);
    config.setMaximumPoolSize(pool.maximumSize());
    config.setMinimumIdle(pool.minimumIdle());
    config.setConnectionTimeout(pool.connectionTimeout().toMillis());
    config.setValidationTimeout(VALIDATION.toMillis());
    config.setMaxLifetime(pool.maxLifetime().toMillis());
    config.setInitializationFailTimeout(-1);
    return config;
  }

  /**
   * A connection in which nothing of another tenant is left.
   *
   * @throws RealmUnavailableException if there is none in time
   */
  Connection lend(TenantId tenant) throws SQLException {
    if (state.getThreadsAwaitingConnection() >= maximumWaiting || patient.get() >= maximumWaiting) {
      throw crowded();
    }
    if (circuit.isClosed()) {
      return lendReady(tenant);
    }
    if (!circuit.tryAcquirePermit()) {
      throw unavailable("the last attempts to reach it failed", null);
    }
    boolean reached = false;
    try {
      Connection lent = lendReady(tenant);
      reached = true;
      return lent;
    } finally {
      // Who was let through to see whether it works again says so in any case.
      if (reached) {
        circuit.recordSuccess();
      } else {
        circuit.recordFailure();
      }
    }
  }

  private Connection lendReady(TenantId tenant) throws SQLException {
    for (int discarded = 0; ; discarded++) {
      Connection lent = borrow();
      try {
        lent.unwrap(RealmConnection.class).serve(tenant);
        return lent;
      } catch (Throwable e) {
        if (e instanceof SQLException sql && RealmConnection.NO_SCHEMA.equals(sql.getSQLState())) {
          lent.close();
          throw e;
        }
        discard(lent, e);
        // Nothing has run for the caller yet, so another connection does as well.
        if (discarded > maximum() || !isUsedUp(e)) {
          throw e;
        }
      }
    }
  }

  Realm realm() {
    return realm;
  }

  DatabaseConfig database() {
    return database;
  }

  int active() {
    return state.getActiveConnections();
  }

  int idle() {
    return state.getIdleConnections();
  }

  int waiting() {
    return state.getThreadsAwaitingConnection();
  }

  int maximum() {
    return database.pool().maximumSize();
  }

  /**
   * Closes the pool: who waits is told at once, connections that are lent out have the time that a
   * caller would wait for one to come back, and are closed then.
   */
  @Override
  public void close() {
    closed = true;
    long end = System.nanoTime() + database.pool().connectionTimeout().toNanos();
    try {
      while (active() > 0 && System.nanoTime() < end) {
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (active() > 0) {
      LOG.warn("{} connections to realm {} are closed while they are in use", active(), realm);
    }
    pool.close();
  }

  private Connection borrow() throws SQLException {
    long end = 0;
    try {
      while (true) {
        if (closed) {
          throw unavailable("its pool was closed", null);
        }
        try {
          return pool.getConnection();
        } catch (SQLTransientConnectionException e) {
          long now = System.nanoTime();
          if (end == 0) {
            end = now + database.pool().connectionTimeout().minus(SLICE).toNanos();
            becomePatient();
          }
          if (now >= end) {
            throw gaveUp(e);
          }
        } catch (SQLException e) {
          throw closed ? unavailable("its pool was closed", e) : gaveUp(e);
        }
      }
    } finally {
      if (end != 0) {
        patient.decrementAndGet();
      }
    }
  }

  /** Callers who came in at the same moment may have been too many. */
  private void becomePatient() throws RealmUnavailableException {
    if (patient.incrementAndGet() > maximumWaiting) {
      throw crowded();
    }
  }

  private RealmUnavailableException crowded() {
    return unavailable(maximumWaiting + " callers wait for a connection already", null);
  }

  private void discard(Connection lent, Throwable reason) {
    pool.evictConnection(lent);
    try {
      lent.close();
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  /** Whether it is the connection that is no good, and not what was asked of it. */
  private static boolean isUsedUp(Throwable e) {
    return e instanceof SQLException sql
        && sql.getSQLState() != null
        && USED_UP.stream().anyMatch(sql.getSQLState()::startsWith);
  }

  private RealmUnavailableException gaveUp(SQLException cause) {
    boolean unreachable = state.getTotalConnections() == 0;
    if (unreachable && !Thread.currentThread().isInterrupted()) {
      circuit.recordFailure();
    }
    String limit = database.pool().connectionTimeout().toString();
    return unavailable(
        unreachable ? "it was not reached within " + limit : "no connection was free in " + limit,
        cause);
  }

  private RealmUnavailableException unavailable(String problem, @Nullable Throwable cause) {
    return new RealmUnavailableException(realm, problem, cause);
  }

  /** Makes the connections that the pool keeps. */
  private static final class RealmDataSource extends RefusingDataSource {
    private final DataSource driver;
    private final int loginTimeout;
    private final SessionConfig sessions;

    RealmDataSource(DatabaseConfig database, String name, SessionConfig sessions) {
      this.driver = database.unpooled(name, database.pool().socketTimeout());
      this.loginTimeout = database.loginTimeout();
      this.sessions = sessions;
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection physical = driver.getConnection();
      try {
        return new RealmConnection(physical, sessions);
      } catch (SQLException e) {
        physical.close();
        throw e;
      }
    }

    /** The pool would set its slice, which is too short to connect to a server far away. */
    @Override
    public void setLoginTimeout(int seconds) {}

    /** For so long the pool waits, when it closes, for a connection that is being made. */
    @Override
    public int getLoginTimeout() {
      return loginTimeout;
    }
  }
}
