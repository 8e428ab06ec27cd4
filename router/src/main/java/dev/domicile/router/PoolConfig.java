package dev.domicile.router;

import java.time.Duration;
import java.util.Objects;

/**
 * The size and patience of one pool. A null component stands for its default.
 *
 * @param maximumSize how many connections at most; 10 by default
 * @param minimumIdle how many of them stay open while idle; {@code maximumSize} by default
 * @param maximumWaiting how many callers wait for a connection at most, more are refused at once; 4
 *     for each connection by default. So a realm that hangs holds {@code maximumSize +
 *     maximumWaiting} threads, whatever is asked of it
 * @param connectionTimeout how long a caller waits for a connection; 1 second to 1 hour, 5 seconds
 *     by default
 * @param socketTimeout after how long without an answer a statement's connection is given up; zero
 *     for never, which is the default. Whole seconds
 * @param maxLifetime after how long a connection is replaced; 30 minutes by default
 */
public record PoolConfig(
    Integer maximumSize,
    Integer minimumIdle,
    Integer maximumWaiting,
    Duration connectionTimeout,
    Duration socketTimeout,
    Duration maxLifetime) {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LIFETIME = Duration.ofMinutes(30);

  /** All defaults. */
  public static final PoolConfig DEFAULT = new PoolConfig(10, PATIENCE);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public PoolConfig {
    maximumSize = Objects.requireNonNullElse(maximumSize, 10);
    Setting.atLeast("maximumSize", maximumSize, 1);
    minimumIdle = Objects.requireNonNullElse(minimumIdle, maximumSize);
    Setting.atLeast("minimumIdle", minimumIdle, 0);
    if (minimumIdle > maximumSize) {
      throw new IllegalArgumentException(
          "minimumIdle is " + minimumIdle + ", expected at most maximumSize, " + maximumSize);
    }
    maximumWaiting = Objects.requireNonNullElse(maximumWaiting, 4 * maximumSize);
    Setting.atLeast("maximumWaiting", maximumWaiting, 1);
    connectionTimeout =
        Setting.between(
            "connectionTimeout",
            Objects.requireNonNullElse(connectionTimeout, PATIENCE),
            Duration.ofSeconds(1),
            Duration.ofHours(1));
    socketTimeout =
        Setting.between(
            "socketTimeout",
            Objects.requireNonNullElse(socketTimeout, Duration.ZERO),
            Duration.ZERO,
            Duration.ofDays(1));
    maxLifetime =
        Setting.between(
            "maxLifetime",
            Objects.requireNonNullElse(maxLifetime, LIFETIME),
            Duration.ofSeconds(30),
            Duration.ofDays(1));
  }

  /** A pool of this size and patience. */
  public PoolConfig(int maximumSize, Duration connectionTimeout) {
    this(maximumSize, maximumSize, 4 * maximumSize, connectionTimeout, Duration.ZERO, LIFETIME);
  }

  /** The same with another number of callers that may wait. */
  public PoolConfig withMaximumWaiting(int other) {
    return new PoolConfig(
        maximumSize, minimumIdle, other, connectionTimeout, socketTimeout, maxLifetime);
  }

  /** The same with another number of idle connections. */
  public PoolConfig withMinimumIdle(int other) {
    return new PoolConfig(
        maximumSize, other, maximumWaiting, connectionTimeout, socketTimeout, maxLifetime);
  }

  /** The same with another time limit of statements. */
  public PoolConfig withSocketTimeout(Duration other) {
    return new PoolConfig(
        maximumSize, minimumIdle, maximumWaiting, connectionTimeout, other, maxLifetime);
  }
}
