package dev.domicile.router;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How routes are cached and read. A null component stands for its default.
 *
 * @param maximumSize how many tenants' routes at most; 100,000 by default. Tenants without a route
 *     have a cache of their own, so that a flood of made-up keys cannot push out the others
 * @param unknownTimeToLive for how long a tenant without a route stays unknown; 2 seconds by
 *     default. A notice of its route ends it earlier
 * @param staleness for how long cached routes are served without a word from the control database
 *     (promise P9); 15 minutes by default
 * @param loadTimeout within what time a caller gets a route that is not cached, or is refused; 1
 *     second by default, 10 milliseconds to 1 minute. It waits for a little less than that
 * @param loadsPerSecond how many queries for routes this node sends at most, each for all tenants
 *     that are waited for; 500 by default
 * @param snapshotFile where the node notes the routes that it has cached, so that it can serve them
 *     if it starts while the control database is down; null for nowhere
 * @param frozenWait for how long a caller waits for a tenant that is in cutover, instead of being
 *     refused at once; zero by default, at most 1 minute. At most 64 callers wait at the same time,
 *     more are refused
 */
public record CacheConfig(
    Long maximumSize,
    Duration unknownTimeToLive,
    Duration staleness,
    Duration loadTimeout,
    Integer loadsPerSecond,
    @Nullable Path snapshotFile,
    Duration frozenWait) {
  /** All defaults. */
  public static final CacheConfig DEFAULT =
      new CacheConfig(
          100_000L,
          Duration.ofSeconds(2),
          Duration.ofMinutes(15),
          Duration.ofSeconds(1),
          500,
          null,
          Duration.ZERO);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public CacheConfig {
    maximumSize =
        Setting.atLeast("maximumSize", Objects.requireNonNullElse(maximumSize, 100_000L), 1);
    unknownTimeToLive =
        Setting.positive(
            "unknownTimeToLive",
            Objects.requireNonNullElse(unknownTimeToLive, Duration.ofSeconds(2)));
    staleness =
        Setting.between(
            "staleness",
            Objects.requireNonNullElse(staleness, Duration.ofMinutes(15)),
            Duration.ofMillis(100),
            Duration.ofDays(366));
    loadTimeout =
        Setting.between(
            "loadTimeout",
            Objects.requireNonNullElse(loadTimeout, Duration.ofSeconds(1)),
            Duration.ofMillis(10),
            Duration.ofMinutes(1));
    loadsPerSecond = Objects.requireNonNullElse(loadsPerSecond, 500);
    Setting.atLeast("loadsPerSecond", loadsPerSecond, 1);
    frozenWait =
        Setting.between(
            "frozenWait",
            Objects.requireNonNullElse(frozenWait, Duration.ZERO),
            Duration.ZERO,
            Duration.ofMinutes(1));
  }

  /** The same with another size. */
  public CacheConfig withMaximumSize(long other) {
    return new CacheConfig(
        other, unknownTimeToLive, staleness, loadTimeout, loadsPerSecond, snapshotFile, frozenWait);
  }

  /** The same with another time for unknown tenants. */
  public CacheConfig withUnknownTimeToLive(Duration other) {
    return new CacheConfig(
        maximumSize, other, staleness, loadTimeout, loadsPerSecond, snapshotFile, frozenWait);
  }

  /** The same with another staleness. */
  public CacheConfig withStaleness(Duration other) {
    return new CacheConfig(
        maximumSize,
        unknownTimeToLive,
        other,
        loadTimeout,
        loadsPerSecond,
        snapshotFile,
        frozenWait);
  }

  /** The same with another patience of callers. */
  public CacheConfig withLoadTimeout(Duration other) {
    return new CacheConfig(
        maximumSize, unknownTimeToLive, staleness, other, loadsPerSecond, snapshotFile, frozenWait);
  }

  /** The same with another rate of queries. */
  public CacheConfig withLoadsPerSecond(int other) {
    return new CacheConfig(
        maximumSize, unknownTimeToLive, staleness, loadTimeout, other, snapshotFile, frozenWait);
  }

  /** The same with another snapshot file. */
  public CacheConfig withSnapshotFile(@Nullable Path other) {
    return new CacheConfig(
        maximumSize, unknownTimeToLive, staleness, loadTimeout, loadsPerSecond, other, frozenWait);
  }

  /** The same with another patience of callers whose tenant is in cutover. */
  public CacheConfig withFrozenWait(Duration other) {
    return new CacheConfig(
        maximumSize,
        unknownTimeToLive,
        staleness,
        loadTimeout,
        loadsPerSecond,
        snapshotFile,
        other);
  }
}
