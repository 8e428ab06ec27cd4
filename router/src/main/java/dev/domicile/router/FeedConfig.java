package dev.domicile.router;

import java.time.Duration;
import java.util.Objects;

/**
 * How a node hears of changed routes. A null component stands for its default.
 *
 * @param listen whether notices ({@code LISTEN}) tell of a change at once; true by default. False
 *     behind a pooler that lends connections by transaction, where they do not work
 * @param pollInterval how often the node asks for changes in any case; 1 second by default, 10
 *     milliseconds to 1 hour. It bounds how long a change can stay unnoticed while the control
 *     database answers
 */
public record FeedConfig(Boolean listen, Duration pollInterval) {
  /** All defaults. */
  public static final FeedConfig DEFAULT = new FeedConfig(true, Duration.ofSeconds(1));

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if the interval is out of its range
   */
  public FeedConfig {
    listen = Objects.requireNonNullElse(listen, true);
    pollInterval =
        Setting.between(
            "pollInterval",
            Objects.requireNonNullElse(pollInterval, Duration.ofSeconds(1)),
            Duration.ofMillis(10),
            Duration.ofHours(1));
  }
}
