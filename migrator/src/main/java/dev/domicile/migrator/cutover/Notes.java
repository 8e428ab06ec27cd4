package dev.domicile.migrator.cutover;

import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;

/** How a drain gets to see what the gates have noted. */
public interface Notes extends AutoCloseable {
  /** The gates write notes into the change log, in the transactions that they note. */
  Notes DIRECT =
      new Notes() {
        @Override
        public void prepare(RealmSession reader) {
          // They are where they are read.
        }

        @Override
        public void await() {
          // They are there with the changes.
        }

        @Override
        public String gather(RealmSession reader, String which, int limit, Duration wait) {
          return ChangeLog.TABLE;
        }

        @Override
        public void close() {
          // Nothing is open.
        }
      };

  /** Creates what a session needs to read them; outside any transaction. */
  void prepare(RealmSession reader);

  /** Waits until the changes of all transactions that are over by now are noted. */
  void await();

  /**
   * Makes readable, in the reader's running snapshot, the notes of all changes that it shows.
   *
   * @param which a condition on entries
   * @param limit how many at most, the oldest first
   * @param wait for how long
   * @return a table with the columns of the change log where they are
   * @throws dev.domicile.migrator.MigrationException.CutoverTimedOut if that takes longer
   */
  String gather(RealmSession reader, String which, int limit, Duration wait);

  @Override
  void close();
}
