package dev.domicile.router;

import java.time.Duration;
import java.util.Objects;

/**
 * The size and patience of one realm's pool. A null component stands for its default.
 *
 * @param maximumSize how many connections at most; 1 or more, 10 by default
 * @param connectionTimeout how long a caller waits for a connection; 1 second to 1 hour, 5 seconds
 *     by default
 */
public record PoolConfig(Integer maximumSize, Duration connectionTimeout) {
  /** Ten connections, five seconds. */
  public static final PoolConfig DEFAULT = new PoolConfig(10, Duration.ofSeconds(5));

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is too small
   */
  public PoolConfig {
    maximumSize = Objects.requireNonNullElse(maximumSize, 10);
    connectionTimeout = Objects.requireNonNullElse(connectionTimeout, Duration.ofSeconds(5));
    if (maximumSize < 1) {
      throw new IllegalArgumentException("maximumSize is " + maximumSize + ", expected 1 or more");
    }
    if (connectionTimeout.compareTo(Duration.ofSeconds(1)) < 0
        || connectionTimeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "connectionTimeout is " + connectionTimeout + ", expected 1 second (PT1S) to 1 hour");
    }
  }
}
