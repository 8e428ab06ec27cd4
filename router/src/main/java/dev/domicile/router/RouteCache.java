package dev.domicile.router;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jooq.exception.DataAccessException;

/**
 * Routes by tenant, unknown tenants included. A key is loaded once however many threads ask, and an
 * invalidation that arrives during the load takes effect after it.
 */
final class RouteCache {
  private final LoadingCache<TenantId, Optional<Route>> cache;

  RouteCache(RouteTable table, CacheConfig config) {
    this.cache =
        Caffeine.newBuilder()
            .maximumSize(config.maximumSize())
            .expireAfter(
                Expiry.creating((TenantId key, Optional<Route> route) -> ttl(route, config)))
            .build(table::find);
  }

  /**
   * The tenant's route.
   *
   * @throws UnknownTenantException if it has none
   * @throws RouteUnavailableException if it is not cached and cannot be read
   */
  Route resolve(TenantId tenant) throws SQLException {
    Optional<Route> route;
    try {
      route = cache.get(tenant);
    } catch (DataAccessException e) {
      throw new RouteUnavailableException(tenant, e);
    }
    return route.orElseThrow(() -> new UnknownTenantException(tenant));
  }

  void invalidate(TenantId tenant) {
    cache.invalidate(tenant);
  }

  void invalidateAll() {
    cache.invalidateAll();
  }

  private static Duration ttl(Optional<Route> route, CacheConfig config) {
    return route.isPresent() ? config.timeToLive() : config.unknownTimeToLive();
  }
}
