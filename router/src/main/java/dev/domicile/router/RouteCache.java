package dev.domicile.router;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes by tenant. A cached route does not expire by itself: the {@link RouteFeed} replaces it
 * when it changes, and vouches for all of them as long as it hears from the control database. So a
 * hit reads no clock.
 *
 * <p>Tenants without a route have a cache of their own, which is small and short-lived.
 */
final class RouteCache {
  private static final Logger LOG = LoggerFactory.getLogger(RouteCache.class);
  private static final long MAXIMUM_UNKNOWN = 10_000;

  private final Cache<TenantId, Route> routes;
  private final ConcurrentMap<TenantId, Route> view;
  private final Cache<TenantId, Boolean> unknown;

  /** Whether the feed heard from the control database lately. */
  private volatile boolean vouchedFor;

  RouteCache(CacheConfig config) {
    this.routes = Caffeine.newBuilder().maximumSize(config.maximumSize()).build();
    this.view = routes.asMap();
    this.unknown =
        Caffeine.newBuilder()
            .maximumSize(MAXIMUM_UNKNOWN)
            .expireAfterWrite(config.unknownTimeToLive())
            .build();
  }

  /** The tenant's route, if it is cached and vouched for. */
  @Nullable Route hit(TenantId tenant) {
    // By the view, which is one step nearer to the table of hashes than the cache is.
    Route route = view.get(tenant);
    return route != null && vouchedFor ? route : null;
  }

  /** Whether it was found lately that the tenant has no route. */
  boolean isUnknown(TenantId tenant) {
    return unknown.getIfPresent(tenant) != null;
  }

  /**
   * Takes in what was read of a tenant, unless something later is known.
   *
   * @param outdated asked at the moment when nobody else can change what is cached of the tenant
   */
  void learn(TenantId tenant, Optional<RouteRow> row, BooleanSupplier outdated) {
    long epoch = row.map(RouteRow::epoch).orElse(0L);
    Route route = row.flatMap(RouteRow::route).orElse(null);
    view.compute(
        tenant,
        (key, known) ->
            outdated.getAsBoolean() || (known != null && known.epoch() > epoch) ? known : route);
    if (route == null) {
      unknown
          .asMap()
          .compute(tenant, (key, known) -> outdated.getAsBoolean() ? null : Boolean.TRUE);
    } else {
      unknown.invalidate(tenant);
    }
  }

  /** Replaces what is cached by a later row; a tenant that is not cached stays so. */
  void update(RouteRow row) {
    replace(
        row.tenant(),
        known -> known.epoch() >= row.epoch() ? known : announced(known, row.route(), row.epoch()));
    unknown.invalidate(row.tenant());
  }

  /** Replaces what is cached by a row that counts whatever the epochs say. */
  void correct(TenantId tenant, Optional<Route> truth) {
    replace(
        tenant,
        known ->
            truth.isPresent() && truth.get().equals(known)
                ? known
                : announced(known, truth, truth.map(Route::epoch).orElse(known.epoch())));
  }

  /**
   * Not by {@code computeIfPresent}: where nothing is cached that one does not wait for who is
   * about to cache something, which would be out of date.
   */
  private void replace(TenantId tenant, Function<Route, @Nullable Route> change) {
    view.compute(tenant, (key, known) -> known == null ? null : change.apply(known));
  }

  /** Drops all knowledge of tenants without a route. */
  void forgetUnknown() {
    unknown.invalidateAll();
  }

  /** The tenants whose routes are cached. */
  Set<TenantId> tenants() {
    return view.keySet();
  }

  Collection<Route> routes() {
    return view.values();
  }

  void vouch(boolean heard) {
    vouchedFor = heard;
  }

  boolean isVouchedFor() {
    return vouchedFor;
  }

  long size() {
    return routes.estimatedSize();
  }

  /** How many tenants are known to have no route, with some that are about to be forgotten. */
  long unknown() {
    return unknown.estimatedSize();
  }

  private static @Nullable Route announced(Route before, Optional<Route> after, long epoch) {
    LOG.atInfo()
        .addKeyValue("event", "route_changed")
        .addKeyValue("tenant", before.tenant())
        .addKeyValue("from", before.realm())
        .addKeyValue("to", after.map(route -> route.realm().name()).orElse("none"))
        .addKeyValue("state", after.map(route -> route.state().name()).orElse(RouteRow.REMOVED))
        .addKeyValue("epoch", epoch)
        .log("A route changed");
    return after.orElse(null);
  }
}
