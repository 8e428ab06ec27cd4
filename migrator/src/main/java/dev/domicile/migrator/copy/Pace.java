package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the copy back for the sake of others: it keeps to the configured rate, waits for standbys
 * of the target and for others that wait for a lock of the copy, and keeps chunks short. Once the
 * copy would not end within its window at the pace that it has, only the last is kept.
 *
 * <p>It waits between chunks, when no transaction and no snapshot of the copy is open.
 */
final class Pace {
  private static final Logger LOG = LoggerFactory.getLogger(Pace.class);
  private static final double NANOS = 1e9;
  private static final double SAFETY = 1.2;
  private static final double NEWEST = 0.3;
  private static final int TOO_LONG = 2;
  private static final int TOO_QUICK = 4;
  private static final int SMALLEST_SHARE = 16;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private static final String LAG =
      """
      SELECT coalesce(extract(epoch FROM max(greatest(replay_lag, write_lag))) * 1000, 0)::bigint
      FROM pg_stat_replication
      """;

  // Seldom true, and sooner known than the rest.
  private static final String ANYBODY_WAITS =
      "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)";

  // Sessions of the copy wait for each other where they must; those do not count.
  private static final String OTHERS_WAIT =
      """
      SELECT EXISTS (
        SELECT FROM pg_locks AS l JOIN pg_stat_activity AS w ON w.pid = l.pid
        WHERE NOT l.granted AND w.application_name <> '%1$s' AND EXISTS (
          SELECT FROM unnest(pg_blocking_pids(l.pid)) AS b (pid)
          JOIN pg_stat_activity AS a ON a.pid = b.pid WHERE a.application_name = '%1$s'))
      """
          .formatted(RealmSession.APPLICATION_NAME);

  private final CopySettings settings;
  private final ProgressMeter meter;
  private final Supplier<Duration> window;
  private double bytesPerSecond;
  private long free = System.nanoTime();
  private boolean hurried;

  /**
   * A pace.
   *
   * @param window how long the window is still open
   */
  Pace(CopySettings settings, ProgressMeter meter, Supplier<Duration> window) {
    this.settings = settings;
    this.meter = meter;
    this.window = window;
  }

  /** Waits until the next chunk may begin. */
  void await(RealmSession target) {
    while (!hurries() && waitsForRate()) {
      sleep(Math.min(LOOK_AGAIN.toNanos(), nanosToWait()));
    }
    while (settings.replicaLag().toMillis() > 0
        && !hurries()
        && target.number(LAG) > settings.replicaLag().toMillis()) {
      sleep(LOOK_AGAIN.toNanos());
    }
    while (!hurries() && target.test(ANYBODY_WAITS) && target.test(OTHERS_WAIT)) {
      sleep(LOOK_AGAIN.toNanos());
    }
  }

  /** Counts what a chunk took. What is both small and quick says nothing about the pace. */
  synchronized void done(Chunk chunk, CopyPipe.Volume volume, Duration took) {
    if (chunk.bytes() >= smallest() / 2
        || took.multipliedBy(TOO_QUICK).compareTo(settings.chunkTime()) > 0) {
      double measured = chunk.bytes() * NANOS / Math.max(took.toNanos(), 1);
      bytesPerSecond =
          bytesPerSecond == 0 ? measured : (1 - NEWEST) * bytesPerSecond + NEWEST * measured;
    }
    Long limit = settings.bytesPerSecond();
    if (limit != null) {
      long cost = (long) (volume.bytes() * NANOS / limit);
      free = Math.max(free, System.nanoTime() - took.toNanos()) + cost;
    }
  }

  /** The most bytes, as stored, that a chunk should have for the time that it should take. */
  synchronized long chunkBytes() {
    long fit = (long) (bytesPerSecond * settings.chunkTime().toNanos() / NANOS);
    return bytesPerSecond == 0 ? settings.chunkBytes() : Math.max(smallest(), fit);
  }

  private long smallest() {
    return Math.max(1, settings.chunkBytes() / SMALLEST_SHARE);
  }

  /** Whether a chunk of that many bytes would take much longer than it should. */
  boolean isTooLong(long bytes) {
    return bytes / TOO_LONG > chunkBytes();
  }

  private synchronized long nanosToWait() {
    return free - System.nanoTime();
  }

  private boolean waitsForRate() {
    return nanosToWait() > 0;
  }

  /** Whether the window is at risk. */
  private synchronized boolean hurries() {
    Duration left = meter.left();
    boolean hurry =
        left != null && left.toNanos() * SAFETY > (double) Math.max(0, window.get().toNanos());
    if (hurry && !hurried) {
      LOG.warn("The copy would not end within its window; it holds back no longer");
    }
    hurried = hurry;
    return hurry;
  }

  private static void sleep(long nanos) {
    try {
      Thread.sleep(Math.max(1, nanos / 1_000_000));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
