package dev.domicile.simulator;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits, and says so where it takes long. */
final class Waiter {
  private static final Duration SILENT = Duration.ofSeconds(2);
  private static final Duration SLICE = Duration.ofMillis(200);

  private final PrintWriter progress;

  Waiter(PrintWriter progress) {
    this.progress = progress;
  }

  /** Looks until it is enough or the limit is over, and returns the last look. */
  <T> T until(
      String what, Duration limit, Duration interval, Supplier<T> look, Predicate<T> enough) {
    Patience patience = new Patience(what);
    T seen = look.get();
    while (!enough.test(seen) && patience.waited().compareTo(limit) < 0) {
      sleep(interval, patience);
      seen = look.get();
    }
    return seen;
  }

  void pause(String what, Duration time) {
    sleep(time, new Patience(what));
  }

  private static void sleep(Duration time, Patience patience) {
    long end = System.nanoTime() + time.toNanos();
    try {
      for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.sleep(Math.min(left, SLICE.toNanos()));
        patience.report();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ScenarioEndedException.failed("stopped while waiting for " + patience.what);
    }
  }

  private final class Patience {
    private final String what;
    private final long started = System.nanoTime();
    private Duration next = SILENT;

    Patience(String what) {
      this.what = what;
    }

    Duration waited() {
      return Duration.ofNanos(System.nanoTime() - started);
    }

    void report() {
      if (waited().compareTo(next) >= 0) {
        progress.println("  waiting for " + what + " (" + next.toSeconds() + " s)");
        progress.flush();
        next = next.plus(SILENT);
      }
    }
  }
}
