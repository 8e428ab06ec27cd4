package dev.domicile.servlet.hooks;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** What is left of a hook's two seconds when it has been written down. */
final class Moment {
  private static final Duration LENGTH = Duration.ofMillis(800);
  private static final long PAUSE_MILLIS = 40;

  private final long end = System.nanoTime() + LENGTH.toNanos();

  /** How long it still is; not negative. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /** Looks until there is something, or the moment is over. */
  <T> Optional<T> await(Supplier<Optional<T>> look) {
    Optional<T> seen = look.get();
    while (seen.isEmpty() && !left().isZero()) {
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return seen;
      }
      seen = look.get();
    }
    return seen;
  }
}
