package dev.domicile.migrator;

import java.time.Duration;
import java.util.Objects;

/**
 * How a tenant is switched over. A null component stands for its default.
 *
 * @param pauseBudget how long the tenant's writes may be refused, 50 milliseconds or more; 2
 *     seconds by default. Past it they are let in again, and the switch is tried later
 * @param attempts how often the switch is tried before it is given up; 5 by default
 * @param soak for how long after the commit a rollback takes the tenant back, with what it has
 *     written since; 1 hour by default. Zero: a commit is final
 * @param capture how changes are noted at the source until the commit; by triggers by default. In a
 *     soak it is by triggers always
 */
public record CutoverSettings(
    Duration pauseBudget, Integer attempts, Duration soak, Capture capture) {
  private static final Duration LEAST = Duration.ofMillis(50);
  private static final int MAX_ATTEMPTS = 100;

  /** All defaults. */
  public static final CutoverSettings DEFAULT =
      new CutoverSettings(Duration.ofSeconds(2), 5, Duration.ofHours(1));

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is out of its bounds
   */
  public CutoverSettings {
    pauseBudget = Objects.requireNonNullElse(pauseBudget, Duration.ofSeconds(2));
    attempts = Objects.requireNonNullElse(attempts, 5);
    soak = Objects.requireNonNullElse(soak, Duration.ofHours(1));
    capture = Objects.requireNonNullElse(capture, Capture.TRIGGERS);
    if (pauseBudget.compareTo(LEAST) < 0) {
      throw new IllegalArgumentException(
          "pauseBudget is " + pauseBudget + ", expected " + LEAST + " or more");
    }
    if (attempts < 1 || attempts > MAX_ATTEMPTS) {
      throw new IllegalArgumentException(
          "attempts is " + attempts + ", expected 1 to " + MAX_ATTEMPTS);
    }
    if (soak.isNegative()) {
      throw new IllegalArgumentException("soak is " + soak + ", expected 0 or more");
    }
  }

  /** Settings that note changes by triggers. */
  public CutoverSettings(Duration pauseBudget, Integer attempts, Duration soak) {
    this(pauseBudget, attempts, soak, Capture.TRIGGERS);
  }

  /** The same with another soak. */
  public CutoverSettings withSoak(Duration other) {
    return new CutoverSettings(pauseBudget, attempts, other, capture);
  }

  /** The same with another way to note changes. */
  public CutoverSettings withCapture(Capture other) {
    return new CutoverSettings(pauseBudget, attempts, soak, other);
  }
}
