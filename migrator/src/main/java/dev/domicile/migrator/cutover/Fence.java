package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.FENCE;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.realm.tables.records.FenceRecord;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Says, inside the database of one end of a migration, what becomes of the tenant's writes there,
 * whoever sends them: they are noted, or refused with SQLSTATE {@value
 * dev.domicile.router.TenantFrozenException#FENCED}. The {@link Gates} lead every write here.
 *
 * <p>Writers share a lock from their first write on; a freeze takes it alone. So it waits for
 * exactly the tenant's writers in flight, and nobody else, and a writer that comes later reads the
 * state after it. Each change compares the epoch: a process that was taken over changes nothing any
 * more.
 */
public final class Fence {
  /** The end of the migration that a fence stands at. */
  public enum Side {
    /** The tenant leaves it. */
    SOURCE,
    /** The tenant goes there. */
    TARGET
  }

  /** What becomes of a write. */
  public enum State {
    /** It is noted and passes. */
    OPEN,
    /** It is refused for the moment of a switch. */
    FROZEN,
    /** It is refused. */
    CLOSED,
    /** It is refused, and what is there is being deleted. */
    PURGING,
    /** It passes; the fence is down. */
    LOWERED
  }

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Field<OffsetDateTime> CLOCK =
      DSL.field("clock_timestamp()", SQLDataType.OFFSETDATETIME);

  private final RealmSession session;
  private final Migration migration;
  private final Side side;
  private final FenceRow row;

  /** The fence of one migration at one end, over a session outside any transaction. */
  public Fence(RealmSession session, Migration migration, Side side) {
    this.session = session;
    this.migration = migration;
    this.side = side;
    this.row = new FenceRow(session, migration, side);
  }

  /**
   * Takes the fence over, from nobody or from a process that may still run.
   *
   * @param first its state if there is none yet
   * @return its state
   * @throws TakenOver if somebody with a later epoch has it
   */
  public State takeOver(State first) {
    return row.takeOver(first);
  }

  /**
   * Makes sure, until the running transaction ends, that nobody takes the fence over or changes it.
   *
   * @throws TakenOver if somebody has
   */
  public void guard() {
    row.hold(FENCE.EPOCH.eq(migration.epoch()));
  }

  /**
   * The statement that does the same among others.
   *
   * @see #unlessTakenOver
   */
  String guarding() {
    return row.guarding();
  }

  /** What it means that statements among which was {@link #guarding} have failed. */
  MigrationException unlessTakenOver(StatementFailed error) {
    return row.unlessTakenOver(error);
  }

  /**
   * Lets the running transaction delete what is behind the fence.
   *
   * @throws TakenOver if the fence does not stand there. Then the rows are not this migration's old
   *     copy: somebody has purged it, and the tenant may be back
   */
  public void passToPurge() {
    row.hold(
        FENCE.EPOCH.le(migration.epoch()),
        FENCE.SIDE.eq(side.name()),
        FENCE.STATE.eq(State.PURGING.name()));
    session.execute("SET LOCAL domicile.migration = '" + migration.id() + "'");
  }

  /** The state, if there is a fence. */
  public Optional<State> state() {
    return row.read().map(read -> State.valueOf(read.getState()));
  }

  /**
   * Refuses the tenant's writes from now on, after those in flight are over.
   *
   * @return since when writers have been held up, as {@link System#nanoTime()}
   * @throws CutoverTimedOut if they did not end in time; nothing was refused then
   * @throws TakenOver if somebody with a later epoch has the fence
   */
  public long freeze(Duration limit) {
    return ShortLocks.take(
        session,
        limit,
        ShortLocks.LONG,
        longTransactions(),
        () -> {
          FenceLock.WRITERS.take(session, migration);
          row.change(State.FROZEN, State.OPEN);
        });
  }

  /** Lets writes pass again after a freeze that came to nothing. */
  public void thaw() {
    row.change(State.OPEN, State.FROZEN);
  }

  /** Refuses the tenant's writes for good. */
  public void close() {
    row.change(State.CLOSED, State.FROZEN);
  }

  /** Says that what is behind a closed fence is going to be deleted. */
  public void beginPurge() {
    row.change(State.PURGING, State.CLOSED);
  }

  /**
   * Lets the tenant write behind a closed fence.
   *
   * @param soak for how long its writes are noted; zero: not at all
   */
  public void open(Duration soak) {
    if (soak.isZero()) {
      lower();
      return;
    }
    boolean opened =
        row.update(
            FENCE.STATE.eq(State.CLOSED.name()),
            Map.of(
                FENCE.STATE,
                State.OPEN.name(),
                FENCE.EPOCH,
                migration.epoch(),
                FENCE.CAPTURE_UNTIL,
                end(soak)));
    if (!opened) {
      // Somebody was here before; what came after that stays.
      row.require(State.OPEN, State.LOWERED);
    }
  }

  /**
   * Goes on noting writes for as long as it takes.
   *
   * @throws WrongState if that has ended already
   */
  public void keepNoting() {
    ShortLocks.take(
        session,
        PATIENCE,
        ShortLocks.LONG,
        longTransactions(),
        () -> {
          // A writer that took the end for reached has ended; those to come read the new word.
          FenceLock.WRITERS.take(session, migration);
          if (!row.update(
              noting(), Map.of(FENCE.CAPTURE_UNTIL, DSL.castNull(FENCE.CAPTURE_UNTIL)))) {
            throw new WrongState(
                migration + " is final: the time in which it could be taken back is over");
          }
        });
  }

  /** Notes writes for that long from now, after {@link #keepNoting} came to nothing. */
  public void noteFor(Duration soak) {
    row.update(
        FENCE.STATE.eq(State.OPEN.name()).and(FENCE.CAPTURE_UNTIL.isNull()),
        Map.of(FENCE.CAPTURE_UNTIL, end(soak)));
  }

  /** Whether the tenant lives here and all its writes have been noted. */
  public boolean isNoting() {
    return row.is(noting());
  }

  /** The replication slot by which notes come, if the gates do not write them down themselves. */
  public Optional<String> slot() {
    return row.read().map(FenceRecord::getSlot);
  }

  /**
   * Says how notes come from now on; before the first gate is raised.
   *
   * @param slot the replication slot, or null if the gates write them down themselves
   * @throws TakenOver if somebody with a later epoch has the fence
   */
  void noteBy(@Nullable String slot) {
    row.set(Map.of(FENCE.SLOT, DSL.val(slot, FENCE.SLOT)));
  }

  /**
   * Takes the fence down: writes pass, and nothing is noted.
   *
   * @throws CutoverTimedOut if writers whose snapshot is to hold did not end in time
   */
  public void lower() {
    ShortLocks.take(
        session,
        PATIENCE,
        ShortLocks.LONG,
        longTransactions(),
        () -> row.change(State.LOWERED, State.values()));
  }

  private static Condition noting() {
    return FENCE
        .STATE
        .in(State.OPEN.name(), State.FROZEN.name())
        .and(FENCE.CAPTURE_UNTIL.isNull().or(FENCE.CAPTURE_UNTIL.gt(CLOCK)));
  }

  private static Field<OffsetDateTime> end(Duration soak) {
    return DSL.field(
        "clock_timestamp() + {0} * interval '1 millisecond'",
        SQLDataType.OFFSETDATETIME, DSL.val(soak.toMillis()));
  }

  private String longTransactions() {
    return "writers of tenant '"
        + migration.tenant()
        + "' in "
        + row.realm()
        + " did not end in time; end their long transactions and try again";
  }
}
