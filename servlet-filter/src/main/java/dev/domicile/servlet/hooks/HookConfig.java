package dev.domicile.servlet.hooks;

import dev.domicile.router.Realm;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How migrations that hooks ask for are made. A null component stands for its default.
 *
 * @param enabled whether tenants may be moved; if not, {@code /schedule} and {@code /start} are
 *     answered by E0003. True by default
 * @param maximumConcurrent how many migrations of all tenants may be open whose windows overlap; 5
 *     by default
 * @param maximumDuration how long a copy may take, as the descriptor's {@code
 *     maxMigrationDurationHours} says: 30 minutes to 24 hours, 2 hours by default
 * @param locations what the service calls a realm, where that is not the realm's own name
 * @param polling how often a node looks for work that another one left, and twice that how soon it
 *     sees it; 1 second by default
 * @param heartbeat how often a node says that it is alive; another one takes its work over after
 *     four times that without a word. 5 seconds by default
 * @param retry after how long work that a database failed is tried again; 5 seconds by default
 */
public record HookConfig(
    Boolean enabled,
    Integer maximumConcurrent,
    Duration maximumDuration,
    Map<String, Realm> locations,
    Duration polling,
    Duration heartbeat,
    Duration retry) {
  private static final Duration SHORTEST = Duration.ofMinutes(30);
  private static final Duration LONGEST = Duration.ofHours(24);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public HookConfig {
    enabled = Objects.requireNonNullElse(enabled, true);
    maximumConcurrent = Objects.requireNonNullElse(maximumConcurrent, 5);
    maximumDuration = Objects.requireNonNullElse(maximumDuration, Duration.ofHours(2));
    locations = Map.copyOf(Objects.requireNonNullElse(locations, Map.<String, Realm>of()));
    polling = Objects.requireNonNullElse(polling, Duration.ofSeconds(1));
    heartbeat = Objects.requireNonNullElse(heartbeat, Duration.ofSeconds(5));
    retry = Objects.requireNonNullElse(retry, Duration.ofSeconds(5));
    if (maximumConcurrent < 1 || maximumConcurrent > 100) {
      throw new IllegalArgumentException(
          "maximumConcurrent is " + maximumConcurrent + ", expected 1 to 100");
    }
    if (maximumDuration.compareTo(SHORTEST) < 0
        || maximumDuration.compareTo(LONGEST) > 0
        || maximumDuration.toMinutes() % 30 != 0) {
      throw new IllegalArgumentException(
          "maximumDuration is " + maximumDuration + ", expected PT30M to PT24H in half hours");
    }
    requirePositive("polling", polling);
    requirePositive("heartbeat", heartbeat);
    requirePositive("retry", retry);
  }

  /** All defaults. */
  public HookConfig() {
    this(
        true,
        5,
        Duration.ofHours(2),
        Map.of(),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5));
  }

  /** The realm that the service means, or nothing if it could be none. */
  Optional<Realm> realm(String location) {
    @Nullable Realm named = locations.get(location);
    if (named != null) {
      return Optional.of(named);
    }
    try {
      return Optional.of(new Realm(location));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(name + " is " + duration + ", expected more than zero");
    }
  }
}
