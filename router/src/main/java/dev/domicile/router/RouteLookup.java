package dev.domicile.router;

import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Finds a tenant's route: in the cache, else in the control database, else in the snapshot. */
final class RouteLookup {
  private final RouteCache cache;
  private final RouteLoader loader;
  private final RouteSnapshot snapshot;
  private final Refusals refusals;
  private final LongAdder hits = new LongAdder();

  RouteLookup(RouteCache cache, RouteLoader loader, RouteSnapshot snapshot, Refusals refusals) {
    this.cache = cache;
    this.loader = loader;
    this.snapshot = snapshot;
    this.refusals = refusals;
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
   * The same for a scope. Counted here and not above: the counter would cost as much as the look
   * into the cache.
   */
  Route resolveForScope(TenantId tenant) throws UnknownTenantException, RouteUnavailableException {
    @Nullable Route cached = cache.hit(tenant);
    if (cached == null) {
      return resolveMissing(tenant);
    }
    hits.increment();
    return cached;
  }

  /** How many scopes found their route in the cache. */
  long hits() {
    return hits.sum();
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
