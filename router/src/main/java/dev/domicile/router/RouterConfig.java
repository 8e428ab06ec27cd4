package dev.domicile.router;

import java.util.Map;
import java.util.Objects;

/**
 * What a router needs to know. A null component other than the first two stands for its default.
 *
 * @param control the control database, which holds the routes
 * @param realms the database of each realm; at least one
 * @param cache how routes are cached
 * @param feed how changes of routes are heard of
 * @param sessions what lent connections know of their tenant
 */
public record RouterConfig(
    DatabaseConfig control,
    Map<Realm, DatabaseConfig> realms,
    CacheConfig cache,
    FeedConfig feed,
    SessionConfig sessions) {

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if no realm is named
   */
  public RouterConfig {
    Objects.requireNonNull(control, "control");
    realms = Map.copyOf(realms);
    cache = Objects.requireNonNullElse(cache, CacheConfig.DEFAULT);
    feed = Objects.requireNonNullElse(feed, FeedConfig.DEFAULT);
    sessions = Objects.requireNonNullElse(sessions, SessionConfig.DEFAULT);
    if (feed.pollInterval().compareTo(cache.staleness().dividedBy(3)) > 0) {
      throw new IllegalArgumentException(
          "feed.pollInterval is "
              + feed.pollInterval()
              + ", expected at most a third of cache.staleness, which is "
              + cache.staleness());
    }
    if (realms.isEmpty()) {
      throw new IllegalArgumentException("realms is empty, expected at least one");
    }
  }

  /** A router with the defaults. */
  public RouterConfig(DatabaseConfig control, Map<Realm, DatabaseConfig> realms) {
    this(control, realms, CacheConfig.DEFAULT, FeedConfig.DEFAULT, SessionConfig.DEFAULT);
  }

  /** The same with another cache. */
  public RouterConfig withCache(CacheConfig other) {
    return new RouterConfig(control, realms, other, feed, sessions);
  }

  /** The same with another feed. */
  public RouterConfig withFeed(FeedConfig other) {
    return new RouterConfig(control, realms, cache, other, sessions);
  }

  /** The same with other sessions. */
  public RouterConfig withSessions(SessionConfig other) {
    return new RouterConfig(control, realms, cache, feed, other);
  }
}
