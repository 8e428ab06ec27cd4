package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.DatabaseUnavailable;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a server that has gone away in the middle of the work, but not longer than somebody has
 * patience. One that never answered is left to its owner.
 */
final class Outage {
  private static final Logger LOG = LoggerFactory.getLogger(Outage.class);
  private static final Duration DELAY = Duration.ofSeconds(1);

  private final Duration patience;
  private volatile boolean worked;
  private long began;

  Outage(Duration patience) {
    this.patience = patience;
  }

  /** Notes that the servers are there, so that the next failure begins a new outage. */
  void worked() {
    worked = true;
  }

  /**
   * Waits until the next attempt.
   *
   * @throws DatabaseUnavailable the given one, if the server never answered or was away for too
   *     long
   */
  void await(DatabaseUnavailable error) {
    if (worked) {
      worked = false;
      began = System.nanoTime();
    }
    if (began == 0 || System.nanoTime() - began >= patience.toNanos()) {
      throw error;
    }
    LOG.warn("Trying again for up to {}: {}", patience, error.getMessage());
    try {
      Thread.sleep(DELAY.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw error;
    }
  }
}
