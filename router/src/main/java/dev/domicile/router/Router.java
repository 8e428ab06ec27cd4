package dev.domicile.router;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows where each tenant lives and keeps a pool to the database of each realm. Thread-safe. */
public final class Router implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private static final Duration SNAPSHOT_INTERVAL = Duration.ofSeconds(30);
  private static final Duration LONGEST_TICK = Duration.ofSeconds(1);

  /** After how long the feed takes a connection that does not answer for lost. */
  private static final Duration FEED_TIMEOUT = Duration.ofSeconds(3);

  private final RouterConfig config;
  private final HikariDataSource controlPool;
  private final HikariDataSource loadPool;
  private final DSLContext control;
  private final Refusals refusals = new Refusals();
  private final RouteCache cache;
  private final RouteLoader loader;
  private final RouteFeed feed;
  private final RouteSnapshot snapshot;
  private final RouteLookup lookup;
  private final RealmPools pools;
  private final RoutingDataSource dataSource;
  private final HealthCheck healthCheck = new HealthCheck();
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "domicile-router");
            thread.setDaemon(true);
            return thread;
          });

  /** Starts a router; databases that are down are tried again when they are needed. */
  public Router(RouterConfig config) {
    this.config = config;
    PoolConfig controlSettings = config.control().pool();
    controlPool =
        new HikariDataSource(
            RealmPool.settings(
                "domicile-control",
                controlSettings,
                toControl("domicile-control", controlSettings.socketTimeout())));
    loadPool = new HikariDataSource(loadSettings());
    control = DSL.using(controlPool, SQLDialect.POSTGRES);
    RouteTable table = new RouteTable(DSL.using(loadPool, SQLDialect.POSTGRES));
    cache = new RouteCache(config.cache());
    snapshot = new RouteSnapshot(config.cache(), Clock.systemUTC());
    loader = new RouteLoader(table::read, cache, config.cache());
    lookup = new RouteLookup(cache, loader, snapshot, refusals, config.cache().frozenWait());
    pools = new RealmPools(config.realms(), config.sessions(), refusals, loader::refresh);
    dataSource = new RoutingDataSource(lookup, pools, refusals);
    feed =
        new RouteFeed(
            toControl("domicile-route-feed", FEED_TIMEOUT),
            config.feed(),
            cache,
            loader,
            table::read);
    startTicker();
  }

  /** The data source for the application's own use. */
  public RoutingDataSource dataSource() {
    return dataSource;
  }

  /** The routes themselves, past the cache. */
  public RouteTable routes() {
    return new RouteTable(control);
  }

  /** The control database, for other tables of it. */
  public DSLContext control() {
    return control;
  }

  /** The realms that are configured here, now: a view that follows additions and removals. */
  public Set<Realm> realms() {
    return pools.realms();
  }

  /**
   * Adds a realm while the router runs.
   *
   * @throws IllegalStateException if it is configured already
   */
  public void addRealm(Realm realm, DatabaseConfig database) {
    pools.add(realm, database);
  }

  /**
   * Removes a realm while the router runs: its tenants are refused from now on, callers who wait
   * for a connection to it are told, and lent connections have a caller's patience to come back.
   *
   * @return whether it was configured
   */
  public boolean removeRealm(Realm realm) {
    return pools.remove(realm);
  }

  /**
   * Where the tenant lives, from the cache.
   *
   * @throws UnknownTenantException if the tenant has no route
   * @throws RouteUnavailableException if its route is not cached and cannot be read
   */
  public Route resolve(TenantId tenant) throws UnknownTenantException, RouteUnavailableException {
    Route cached = cache.hit(tenant);
    return cached != null ? cached : lookup.resolve(tenant);
  }

  /**
   * For how long a caller whose tenant is in cutover waits for a connection; zero for not at all.
   */
  public Duration frozenWait() {
    return config.cache().frozenWait();
  }

  /** Asks the database of each realm for an answer; takes at most two seconds. */
  public List<RealmHealth> health() {
    return healthCheck.check(pools.all());
  }

  /** Closes all connections; those that are lent out have a caller's patience to come back. */
  @Override
  public void close() {
    ticker.shutdownNow();
    writeSnapshot();
    feed.close();
    loader.close();
    healthCheck.close();
    // Side by side: one database that hangs must not keep the connections to the others open.
    List<AutoCloseable> pooled = new ArrayList<>(pools.all());
    pooled.add(loadPool);
    pooled.add(controlPool);
    List<Thread> closing = pooled.stream().map(Router::closeAside).toList();
    for (Thread thread : closing) {
      join(thread);
    }
  }

  private static Thread closeAside(AutoCloseable pool) {
    Thread thread =
        new Thread(
            () -> {
              try {
                pool.close();
              } catch (Exception e) {
                LOG.warn("A pool could not be closed", e);
              }
            },
            "domicile-close");
    thread.start();
    return thread;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  RouteCache cache() {
    return cache;
  }

  RouteLookup lookup() {
    return lookup;
  }

  RouteFeed feed() {
    return feed;
  }

  LoadCounts loads() {
    return loader.counts();
  }

  Refusals refusals() {
    return refusals;
  }

  RealmPools pools() {
    return pools;
  }

  private HikariConfig loadSettings() {
    Duration timeout = config.cache().loadTimeout();
    // One for the loader, one for the feed's corrections.
    PoolConfig size = new PoolConfig(2, Duration.ofSeconds(1)).withMinimumIdle(0);
    HikariConfig settings =
        RealmPool.settings("domicile-routes", size, toControl("domicile-routes", timeout));
    settings.setMinimumIdle(1);
    return settings;
  }

  private PGSimpleDataSource toControl(String name, Duration socketTimeout) {
    PGSimpleDataSource source = config.control().unpooled(name, socketTimeout);
    // A standby lags, and says nothing of what is under way.
    source.setTargetServerType("primary");
    if (!config.feed().listen()) {
      // Behind a pooler each transaction may run on another server connection.
      source.setPrepareThreshold(0);
    }
    return source;
  }

  private void startTicker() {
    Duration tick = config.cache().staleness().dividedBy(10);
    repeat(this::checkAge, tick.compareTo(LONGEST_TICK) < 0 ? tick : LONGEST_TICK);
    if (config.cache().snapshotFile() != null) {
      repeat(this::writeSnapshot, SNAPSHOT_INTERVAL);
    }
  }

  private void repeat(Runnable task, Duration interval) {
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            LOG.error("A task of the router failed; it is tried again", e);
          }
        };
    long millis = Math.max(1, interval.toMillis());
    // The first time soon: a node may live shorter than the interval.
    var unused =
        ticker.scheduleWithFixedDelay(
            guarded, Math.min(millis, 1000), millis, TimeUnit.MILLISECONDS);
  }

  private void checkAge() {
    feed.age()
        .ifPresent(
            age -> {
              snapshot.retire();
              if (age.compareTo(config.cache().staleness()) > 0) {
                cache.vouch(false);
                // The feed may have heard something just before that.
                cache.vouch(isFresh());
              }
            });
  }

  private boolean isFresh() {
    return feed.age().filter(age -> age.compareTo(config.cache().staleness()) <= 0).isPresent();
  }

  /** Dated by the last word from the control database: a restart makes no route younger. */
  private void writeSnapshot() {
    if (cache.isVouchedFor()) {
      feed.age().ifPresent(age -> snapshot.write(cache.routes(), age));
    }
  }
}
