package dev.domicile.router;

import java.util.Map;
import java.util.Objects;

/**
 * What a router needs to know.
 *
 * @param control the control database, which holds the routes
 * @param realms the database of each realm; at least one
 * @param cache how routes are cached; null stands for the defaults
 */
public record RouterConfig(
    DatabaseConfig control, Map<Realm, DatabaseConfig> realms, CacheConfig cache) {

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if no realm is named
   */
  public RouterConfig {
    Objects.requireNonNull(control, "control");
    realms = Map.copyOf(realms);
    cache = Objects.requireNonNullElse(cache, CacheConfig.DEFAULT);
    if (realms.isEmpty()) {
      throw new IllegalArgumentException("realms is empty, expected at least one");
    }
  }

  /** A router with the default cache. */
  public RouterConfig(DatabaseConfig control, Map<Realm, DatabaseConfig> realms) {
    this(control, realms, CacheConfig.DEFAULT);
  }
}
