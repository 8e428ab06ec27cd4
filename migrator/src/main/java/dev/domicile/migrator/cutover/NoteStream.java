package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.Pause;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.session.ReplicationSession;
import dev.domicile.router.DatabaseConfig;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the notes that gates leave in the server's log into the change log, from a {@link Slot}
 * and for as long as it is open. What is read is written down before it is confirmed; after a crash
 * it comes again, which does no harm.
 *
 * <p>A note comes a moment after its change. A drain must not see a change without its note: it may
 * hold a row that others refer to. So a drain takes its snapshot first, then waits until a mark
 * comes that it leaves in the log, and reads the notes of the transactions that its snapshot shows.
 */
public final class NoteStream implements Notes {
  private static final Logger LOG = LoggerFactory.getLogger(NoteStream.class);
  private static final int BATCH = 1_000;
  private static final long LOOK_MILLIS = 500;
  private static final long CLOSE_MILLIS = 15_000;
  private static final Duration UNBOUNDED = Duration.ofDays(1);
  private static final String GATHERED = "pg_temp.domicile_notes";
  private static final String COLUMNS = "id, migration_id, table_name, key";

  private final String name;
  private final DatabaseConfig database;
  private final Migration migration;
  private final RealmSession asking;
  private final Slot slot;
  private final Thread thread;
  private final Marks marks = new Marks();
  private volatile @Nullable ReplicationSession reading;
  private volatile boolean closed;

  private NoteStream(
      String name, DatabaseConfig database, Migration migration, RealmSession asking) {
    this.name = name;
    this.database = database;
    this.migration = migration;
    this.asking = asking;
    this.slot = slot(asking);
    this.thread = new Thread(this::read, "domicile-notes-" + migration.id());
    thread.setDaemon(true);
  }

  /**
   * Begins to bring the notes of a migration that has a slot at its source.
   *
   * @param name how errors call the database
   */
  public static NoteStream open(String name, DatabaseConfig database, Migration migration) {
    NoteStream stream =
        new NoteStream(name, database, migration, RealmSession.open(name, database));
    stream.thread.start();
    return stream;
  }

  @Override
  public void prepare(RealmSession reader) {
    reader.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS domicile_notes (id bigint, migration_id bigint,"
            + " table_name text, key text[]) ON COMMIT DELETE ROWS");
  }

  @Override
  public void await() {
    await(UNBOUNDED);
  }

  @Override
  public synchronized String gather(RealmSession reader, String which, int limit, Duration wait) {
    String snapshot =
        reader.first("SELECT pg_current_snapshot()", row -> row.getString(1)).orElseThrow();
    await(wait);
    reader.execute("DELETE FROM " + GATHERED);
    CopyPipe.run(
        asking,
        "COPY (SELECT %s FROM %s WHERE migration_id = %d AND %s AND pg_visible_in_snapshot(transaction::text::xid8, '%s') ORDER BY id LIMIT %d) TO STDOUT"
            .formatted(COLUMNS, ChangeLog.TABLE, migration.id(), which, snapshot, limit),
        reader,
        "COPY " + GATHERED + " (" + COLUMNS + ") FROM STDIN");
    return GATHERED;
  }

  private synchronized void await(Duration wait) {
    long end = System.nanoTime() + wait.toNanos();
    asking.query(
        "SELECT pg_logical_emit_message(true, '%s', '%s')"
            .formatted(NoteMessage.marks(migration.id()), marks.next()),
        row -> row.getString(1));
    while (!marks.isSeen(Math.min(end, System.nanoTime() + LOOK_MILLIS * 1_000_000))) {
      if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
        throw new CutoverTimedOut(
            "the changes of tenant '"
                + migration.tenant()
                + "' do not come out of the log of "
                + name
                + " in time; try again when the server is less busy");
      }
      slot.requireUsable();
    }
  }

  @Override
  public void close() {
    closed = true;
    ReplicationSession now = reading;
    if (now != null) {
      now.close();
    }
    thread.interrupt();
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    asking.close();
  }

  private void read() {
    while (!closed) {
      try {
        follow();
      } catch (RuntimeException e) {
        if (!closed && marks.fail(e)) {
          LOG.warn("The notes of {} do not come: {}", migration, e.getMessage());
        }
        if (!Marks.mayPass(e)) {
          return;
        }
      }
      Pause.ofMillis(LOOK_MILLIS);
    }
  }

  /** Reads until the connection ends. */
  private void follow() {
    try (RealmSession log = RealmSession.open(name, database)) {
      Slot own = slot(log);
      own.requireOurs();
      own.requireUsable();
      own.release(own.name());
      try (ReplicationSession stream =
          ReplicationSession.open(name, database, own.name(), own.publication())) {
        reading = stream;
        follow(stream, log, fence(log));
      } finally {
        reading = null;
      }
    }
  }

  private void follow(ReplicationSession stream, RealmSession log, Fence fence) {
    List<String> notes = new ArrayList<>();
    boolean inTransaction = false;
    while (!closed) {
      @Nullable ByteBuffer next = stream.pending();
      if (next == null) {
        write(notes, log, fence);
        if (!inTransaction) {
          stream.confirm();
        }
        next = stream.next();
      }
      NoteMessage message = NoteMessage.read(next);
      switch (message.kind()) {
        case BEGIN -> inTransaction = true;
        case COMMIT -> inTransaction = false;
        case MESSAGE -> {
          if (message.prefix().equals(NoteMessage.notes(migration.id()))) {
            notes.add(message.content());
          } else if (message.prefix().equals(NoteMessage.marks(migration.id()))) {
            write(notes, log, fence);
            marks.see(message.content());
          }
        }
        case OTHER -> {}
      }
      if (notes.size() >= BATCH) {
        write(notes, log, fence);
      }
    }
  }

  private void write(List<String> notes, RealmSession log, Fence fence) {
    if (notes.isEmpty()) {
      return;
    }
    String[] contents = notes.toArray(String[]::new);
    log.transaction(
        () -> {
          fence.guard();
          return log.domicile(
              query ->
                  query.execute(NoteMessage.INSERT, DSL.val(migration.id()), DSL.val(contents)));
        });
    notes.clear();
  }

  private Fence fence(RealmSession session) {
    return new Fence(session, migration, Side.SOURCE);
  }

  private Slot slot(RealmSession session) {
    return new Slot(session, migration, fence(session));
  }
}
