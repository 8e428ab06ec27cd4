package dev.domicile.router;

import java.time.Duration;
import java.util.Objects;

/**
 * How routes are cached. A null component stands for its default.
 *
 * @param maximumSize how many tenants at most, known and unknown ones together; 100,000 by default
 * @param timeToLive for how long a route is believed if no notice of a change arrives; 30 seconds
 *     by default
 * @param unknownTimeToLive for how long a tenant without a route stays unknown; 2 seconds by
 *     default
 */
public record CacheConfig(Long maximumSize, Duration timeToLive, Duration unknownTimeToLive) {
  /** All defaults. */
  public static final CacheConfig DEFAULT =
      new CacheConfig(100_000L, Duration.ofSeconds(30), Duration.ofSeconds(2));

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is not positive
   */
  public CacheConfig {
    maximumSize = Objects.requireNonNullElse(maximumSize, 100_000L);
    timeToLive = Objects.requireNonNullElse(timeToLive, Duration.ofSeconds(30));
    unknownTimeToLive = Objects.requireNonNullElse(unknownTimeToLive, Duration.ofSeconds(2));
    if (maximumSize < 1) {
      throw new IllegalArgumentException("maximumSize is " + maximumSize + ", expected 1 or more");
    }
    requirePositive("timeToLive", timeToLive);
    requirePositive("unknownTimeToLive", unknownTimeToLive);
  }

  private static void requirePositive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + ", expected more than zero");
    }
  }
}
