package dev.domicile.router;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.failsafe.CircuitBreaker;
import dev.failsafe.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.exception.DataAccessException;
import org.jooq.exception.DataTypeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the routes that are not cached. One thread sends one query at a time, for all tenants that
 * are waited for by then: a flood of made-up keys makes the queries larger, not more, and while the
 * control database hangs, it holds one connection.
 *
 * <p>Each caller waits within a time limit. When loads fail, callers after that are refused at
 * once, and one of them is let through now and then to see whether it works again.
 */
final class RouteLoader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RouteLoader.class);
  private static final int MAXIMUM_WAITING = 10_000;
  private static final int MAXIMUM_BATCH = 500;

  /** The part of the limit that callers do not wait. */
  private static final int SPARE = 20;

  private static final Duration RETRY_AFTER = Duration.ofMillis(500);
  private static final Duration REFRESH_INTERVAL = Duration.ofMillis(100);

  private final Function<List<TenantId>, List<RouteRow>> source;
  private final RouteCache cache;
  private final Duration patience;
  private final RateLimiter<Object> rate;
  private final CircuitBreaker<Object> circuit =
      CircuitBreaker.builder()
          .withFailureThreshold(2)
          .withSuccessThreshold(1)
          .withDelay(RETRY_AFTER)
          .build();

  private final ConcurrentMap<TenantId, Load> loads = new ConcurrentHashMap<>();
  private final BlockingQueue<Load> queue = new ArrayBlockingQueue<>(MAXIMUM_WAITING);
  private final LoadCounts counts = new LoadCounts();

  /** Whose routes were asked for anew a moment ago. */
  private final Cache<TenantId, Boolean> refreshed =
      Caffeine.newBuilder().maximumSize(MAXIMUM_WAITING).expireAfterWrite(REFRESH_INTERVAL).build();

  private final Thread thread = new Thread(this::run, "domicile-route-loader");
  private volatile boolean closed;

  RouteLoader(
      Function<List<TenantId>, List<RouteRow>> source, RouteCache cache, CacheConfig config) {
    this.source = source;
    this.cache = cache;
    // Who has waited has to be woken and refused within the limit.
    this.patience = config.loadTimeout().minus(config.loadTimeout().dividedBy(SPARE));
    this.rate = RateLimiter.smoothBuilder(config.loadsPerSecond(), Duration.ofSeconds(1)).build();
    thread.setDaemon(true);
    thread.start();
  }

  LoadCounts counts() {
    return counts;
  }

  /**
   * The tenant's route as the control database has it, if it has one; cached from now on.
   *
   * @throws RouteUnavailableException if it cannot be read in time
   */
  Optional<Route> load(TenantId tenant) throws RouteUnavailableException {
    boolean probing = !circuit.isClosed();
    if (!circuit.tryAcquirePermit()) {
      throw new RouteUnavailableException(tenant, "the last attempts failed", null);
    }
    boolean answered = false;
    try {
      Optional<Route> route = loadNow(tenant);
      answered = true;
      return route;
    } finally {
      // Who was let through to see whether it works again says so in any case.
      if (probing && answered) {
        circuit.recordSuccess();
      } else if (probing) {
        circuit.recordFailure();
      }
    }
  }

  private Optional<Route> loadNow(TenantId tenant) throws RouteUnavailableException {
    long end = System.nanoTime() + patience.toNanos();
    Load load = enqueue(tenant);
    Optional<Route> route = await(load, end);
    // A change was heard of after the read; this caller may have come after it.
    while (load.outdated) {
      loads.remove(tenant, load);
      load = enqueue(tenant);
      route = await(load, end);
    }
    return route;
  }

  /** Takes in a changed row: a load of it is marked first, and what is cached replaced after. */
  void hear(RouteRow row) {
    Load load = loads.get(row.tenant());
    if (load != null) {
      load.outdated = true;
    }
    cache.update(row);
  }

  /**
   * Has the tenant's route read again, without making anybody wait: what is cached serves until
   * there is an answer. Does nothing while routes cannot be read.
   */
  void refresh(TenantId tenant) {
    if (!circuit.isClosed() || refreshed.asMap().putIfAbsent(tenant, Boolean.TRUE) != null) {
      return;
    }
    Load underWay = loads.get(tenant);
    if (underWay != null) {
      underWay.outdated = true;
    }
    var unused = enqueue(tenant);
  }

  private Load enqueue(TenantId tenant) {
    Load load = loads.computeIfAbsent(tenant, Load::new);
    if (load.enqueued.compareAndSet(false, true) && (closed || !queue.offer(load))) {
      end(load).fail(new IllegalStateException(closed ? "the router is closed" : "too many wait"));
    }
    return load;
  }

  private Optional<Route> await(Load load, long end) throws RouteUnavailableException {
    TenantId tenant = load.tenant;
    try {
      return load.result.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      circuit.recordFailure();
      throw new RouteUnavailableException(tenant, "no answer within " + patience, e);
    } catch (ExecutionException e) {
      throw new RouteUnavailableException(tenant, "the attempt failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RouteUnavailableException(tenant, "the caller was interrupted", e);
    }
  }

  /** Has all loads under way read again. */
  void outdateAll() {
    loads.values().forEach(load -> load.outdated = true);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    loads.values().forEach(load -> load.fail(new IllegalStateException("the router is closed")));
  }

  private void run() {
    warmUp();
    List<Load> batch = new ArrayList<>();
    while (!closed) {
      try {
        batch.add(queue.take());
        rate.acquirePermit();
        queue.drainTo(batch, MAXIMUM_BATCH - 1);
        read(batch);
      } catch (InterruptedException e) {
        LOG.debug("The loader was woken up", e);
      } catch (Throwable e) {
        LOG.error("The loader of routes failed; it goes on", e);
        batch.forEach(load -> end(load).fail(e));
      } finally {
        batch.clear();
      }
    }
  }

  /** The first caller should not wait for connections and classes. */
  private void warmUp() {
    try {
      var unused = source.apply(List.of());
    } catch (RuntimeException e) {
      LOG.debug("Routes cannot be read yet", e);
    }
  }

  private void read(List<Load> batch) {
    batch.forEach(load -> load.outdated = false);
    long start = System.nanoTime();
    try {
      Map<TenantId, RouteRow> rows =
          source.apply(batch.stream().map(load -> load.tenant).toList()).stream()
              .collect(Collectors.toMap(RouteRow::tenant, Function.identity()));
      circuit.recordSuccess();
      counts.loaded(batch.size(), System.nanoTime() - start);
      batch.forEach(load -> take(load, Optional.ofNullable(rows.get(load.tenant))));
    } catch (RuntimeException e) {
      counts.failed();
      if (!isAboutAValue(e)) {
        circuit.recordFailure();
        LOG.warn("Routes of {} tenants cannot be read; they are refused for now", batch.size());
        LOG.debug("Why routes cannot be read", e);
        batch.forEach(load -> end(load).fail(e));
      } else if (batch.size() == 1) {
        LOG.warn("The route of one tenant cannot be read; it is refused");
        LOG.debug("Why a route cannot be read", e);
        batch.forEach(load -> end(load).fail(e));
      } else {
        batch.forEach(load -> read(List.of(load)));
      }
    }
  }

  /** Whether a key or a row is the cause (SQLSTATE class 22), and not the database. */
  private static boolean isAboutAValue(RuntimeException e) {
    return e instanceof DataAccessException access
        && (access.sqlState().startsWith("22") || access instanceof DataTypeException);
  }

  /**
   * Publishes what was read unless a change was heard of meanwhile. The feed marks the load first
   * and updates the cache after, so one of the two sees the other.
   */
  private void take(Load load, Optional<RouteRow> row) {
    cache.learn(load.tenant, row, () -> load.outdated);
    if (load.outdated) {
      if (!queue.offer(load)) {
        end(load).fail(new IllegalStateException("too many wait"));
      }
      return;
    }
    end(load).result.complete(row.flatMap(RouteRow::route));
    if (load.outdated) {
      // Somebody asked for a later look while this one ended.
      var unused = enqueue(load.tenant);
    }
  }

  private Load end(Load load) {
    loads.remove(load.tenant, load);
    return load;
  }

  /** One tenant whose route is waited for. */
  private static final class Load {
    private final TenantId tenant;
    private final CompletableFuture<Optional<Route>> result = new CompletableFuture<>();
    private final AtomicBoolean enqueued = new AtomicBoolean();
    private volatile boolean outdated;

    Load(TenantId tenant) {
      this.tenant = tenant;
    }

    void fail(Throwable cause) {
      result.completeExceptionally(cause);
    }
  }
}
