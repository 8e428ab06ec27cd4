package dev.domicile.migrator.cutover;

import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.session.Pause;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.util.Set;

/**
 * Waits for locks that others hold, a short time each time. Whoever comes later queues behind a
 * waiter; between two tries they pass, so that nobody is held up for longer than one try takes. The
 * tries get longer: a writer in flight needs its time, and a waiter past the server's {@code
 * deadlock_timeout} makes autovacuum give way.
 */
final class ShortLocks {
  // Lock not available, deadlock: others are in the way.
  private static final Set<String> CONTENTION = Set.of("55P03", "40P01");
  private static final long FIRST_MILLIS = 50;

  /** Longer than a server waits before it looks for deadlocks. */
  static final Duration LONG = Duration.ofSeconds(2);

  private ShortLocks() {}

  /**
   * Does the work in a transaction of its own, again and again until it gets its locks.
   *
   * @param limit for how long
   * @param longest how long a try takes at most
   * @param inTheWay what to say if it gets none, cure included
   * @return when the try began that got them, as {@link System#nanoTime()}
   * @throws CutoverTimedOut if the locks could not be had; nothing was done then
   */
  static long take(
      RealmSession session, Duration limit, Duration longest, String inTheWay, Runnable work) {
    long end = System.nanoTime() + limit.toNanos();
    for (long millis = FIRST_MILLIS; ; millis = Math.min(2 * millis, longest.toMillis())) {
      long began = System.nanoTime();
      long left = (end - began) / 1_000_000;
      long wait = Math.max(1, Math.min(millis, left));
      try {
        session.transaction(
            () -> {
              session.execute("SET LOCAL lock_timeout = " + wait);
              work.run();
              return true;
            });
        return began;
      } catch (StatementFailed e) {
        if (!isContention(e)) {
          throw e;
        }
        if (left <= millis || Thread.currentThread().isInterrupted()) {
          throw new CutoverTimedOut(inTheWay, e);
        }
      }
      Pause.ofMillis(wait / 2);
    }
  }

  /** Whether others were in the way. */
  static boolean isContention(StatementFailed error) {
    return CONTENTION.contains(error.sqlState());
  }
}
