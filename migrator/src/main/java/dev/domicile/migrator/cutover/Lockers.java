package dev.domicile.migrator.cutover;

import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.session.Pause;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Waits until the transactions that have written to some tables have ended, without taking a lock
 * that others would queue behind.
 */
final class Lockers {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long PAUSE_MILLIS = 10;

  private final RealmSession session;

  Lockers(RealmSession session) {
    this.session = session;
  }

  /**
   * Waits for those that are in flight now.
   *
   * @param relations the tables and their partitions, as numbers of the catalogue
   * @throws CutoverTimedOut if they do not end in time
   */
  void await(Collection<String> relations) {
    if (relations.isEmpty()) {
      return;
    }
    String query = query(relations);
    Set<String> inFlight = new HashSet<>(running(query));
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!inFlight.isEmpty()) {
      if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
        throw new CutoverTimedOut(
            "transactions that have written to tables without a tenant column do not end in "
                + session.name()
                + "; end them and try again");
      }
      Pause.ofMillis(PAUSE_MILLIS);
      inFlight.retainAll(running(query));
    }
  }

  private List<String> running(String query) {
    return session.query(query, row -> row.getString(1));
  }

  /** Whoever writes to a table holds a lock of at least ROW EXCLUSIVE on it. */
  private static String query(Collection<String> relations) {
    return """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      AND relation IN (%s)
    """
        .formatted(relations.stream().collect(Collectors.joining(", ")));
  }
}
