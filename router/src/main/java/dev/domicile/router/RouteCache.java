package dev.domicile.router;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jooq.exception.DataAccessException;

/**
 * Routes by tenant, unknown tenants included. A key is loaded once however many threads ask, and an
 * invalidation that arrives during the load takes effect after it: that of one key waits for the
 * load, and that of all keys starts a generation that what was being loaded does not belong to.
 */
final class RouteCache {
  private final LoadingCache<TenantId, Entry> cache;
  private final AtomicLong generation = new AtomicLong();

  RouteCache(RouteTable table, CacheConfig config) {
    this.cache =
        Caffeine.newBuilder()
            .maximumSize(config.maximumSize())
            .expireAfter(Expiry.creating((TenantId key, Entry entry) -> ttl(entry, config)))
            .build(tenant -> new Entry(generation.get(), table.find(tenant)));
  }

  /**
   * The tenant's route.
   *
   * @throws UnknownTenantException if it has none
   * @throws RouteUnavailableException if it is not cached and cannot be read
   */
  Route resolve(TenantId tenant) throws SQLException {
    Entry entry;
    try {
      entry = cache.get(tenant);
      while (entry.generation() < generation.get()) {
        cache.asMap().remove(tenant, entry);
        entry = cache.get(tenant);
      }
    } catch (DataAccessException e) {
      throw new RouteUnavailableException(tenant, e);
    }
    return entry.route().orElseThrow(() -> new UnknownTenantException(tenant));
  }

  void invalidate(TenantId tenant) {
    cache.invalidate(tenant);
  }

  void invalidateAll() {
    generation.incrementAndGet();
    cache.invalidateAll();
  }

  private static Duration ttl(Entry entry, CacheConfig config) {
    return entry.route().isPresent() ? config.timeToLive() : config.unknownTimeToLive();
  }

  /** A route, or none, as it was read in a generation. */
  private record Entry(long generation, Optional<Route> route) {}
}
