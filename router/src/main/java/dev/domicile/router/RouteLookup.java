package dev.domicile.router;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Finds a tenant's route: in the cache, else in the control database, else in the snapshot. */
final class RouteLookup implements RouteSource {
  private static final int MAXIMUM_WAITING = 64;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

  private final RouteCache cache;
  private final RouteLoader loader;
  private final RouteSnapshot snapshot;
  private final Refusals refusals;
  private final Duration frozenWait;
  private final LongAdder hits = new LongAdder();
  private final Semaphore places = new Semaphore(MAXIMUM_WAITING);

  RouteLookup(
      RouteCache cache,
      RouteLoader loader,
      RouteSnapshot snapshot,
      Refusals refusals,
      Duration frozenWait) {
    this.cache = cache;
    this.loader = loader;
    this.snapshot = snapshot;
    this.refusals = refusals;
    this.frozenWait = frozenWait;
  }

  /**
   * The tenant's route.
   *
   * @throws UnknownTenantException if it has none
   * @throws RouteUnavailableException if it is not cached and cannot be read
   */
  Route resolve(TenantId tenant) throws UnknownTenantException, RouteUnavailableException {
    @Nullable Route cached = cache.hit(tenant);
    return cached != null ? cached : resolveMissing(tenant);
  }

  /**
   * A route on which the tenant may be served, for a scope. Counted here and not above: the counter
   * would cost as much as the look into the cache.
   *
   * @throws TenantFrozenException if the tenant is in cutover, for longer than may be waited for
   */
  @Override
  public Route resolveForScope(TenantId tenant)
      throws UnknownTenantException, RouteUnavailableException, TenantFrozenException {
    @Nullable Route cached = cache.hit(tenant);
    if (cached != null) {
      hits.increment();
    }
    Route route = cached != null ? cached : resolveMissing(tenant);
    return route.state() == Route.State.ACTIVE ? route : awaitThaw(tenant);
  }

  /** How many scopes found their route in the cache. */
  long hits() {
    return hits.sum();
  }

  /** How many callers wait for a tenant in cutover. */
  int waitingForThaw() {
    return MAXIMUM_WAITING - places.availablePermits();
  }

  /** Nobody pins a route that is frozen: a scope that waits goes where the tenant lives after. */
  private Route awaitThaw(TenantId tenant)
      throws UnknownTenantException, RouteUnavailableException, TenantFrozenException {
    if (!frozenWait.isZero() && places.tryAcquire()) {
      try {
        long end = System.nanoTime() + frozenWait.toNanos();
        while (System.nanoTime() < end) {
          Thread.sleep(LOOK_AGAIN.toMillis());
          Route route = resolve(tenant);
          if (route.state() == Route.State.ACTIVE) {
            return route;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        places.release();
      }
    }
    throw refusals.count(Refusal.TENANT_FROZEN, new TenantFrozenException(tenant));
  }

  private Route resolveMissing(TenantId tenant)
      throws UnknownTenantException, RouteUnavailableException {
    if (cache.isUnknown(tenant)) {
      throw refusals.count(Refusal.UNKNOWN_TENANT, new UnknownTenantException(tenant));
    }
    Optional<Route> route;
    try {
      route = loader.load(tenant);
    } catch (RouteUnavailableException e) {
      route = snapshot.find(tenant);
      if (route.isEmpty()) {
        throw refusals.count(Refusal.ROUTE_UNAVAILABLE, e);
      }
    }
    if (route.isEmpty()) {
      throw refusals.count(Refusal.UNKNOWN_TENANT, new UnknownTenantException(tenant));
    }
    return route.get();
  }
}
