package dev.domicile.simulator;

import java.time.Duration;

/**
 * The service's waits, divided by the speed. The figures are those of Atlassian, "Remote realm
 * migration" (28 Aug 2025): status every five minutes, retries five seconds apart; the shortest
 * window that a descriptor can declare is half an hour.
 *
 * @param speed how many times faster than the service; 1 is the real thing
 */
record Cadence(double speed) {
  /** How often a hook that failed without an error code is called again. */
  static final int RETRIES = 2;

  private static final Duration POLL = Duration.ofMinutes(5);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration SHORTEST_WINDOW = Duration.ofMinutes(30);
  private static final Duration LEAST_LEAD = Duration.ofMillis(50);
  private static final Duration LEAST_WINDOW = Duration.ofSeconds(1);

  Cadence {
    if (!(speed >= 1 && speed <= 100_000)) {
      throw new RehearsalException(
          ExitCode.USAGE, "the speed has to be from 1 to 100000; it is " + speed);
    }
  }

  /** Between two looks at the status. */
  Duration poll() {
    return compressed(POLL);
  }

  /** From a schedule to the start time in it; days for the service, minutes here. */
  Duration lead() {
    Duration lead = poll();
    return lead.compareTo(LEAST_LEAD) < 0 ? LEAST_LEAD : lead;
  }

  /** Before a hook is called again. */
  Duration retry() {
    return compressed(RETRY);
  }

  /** The window of the scenarios in which it passes; a second at least, for the app's clock. */
  Duration passingWindow() {
    Duration window = compressed(SHORTEST_WINDOW);
    return window.compareTo(LEAST_WINDOW) < 0 ? LEAST_WINDOW : window;
  }

  private Duration compressed(Duration real) {
    return Duration.ofNanos(Math.round(real.toNanos() / speed));
  }
}
