package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.FENCE;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.realm.tables.records.FenceRecord;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

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

  // The first numbers of pairs of advisory locks, as in pass_fence; the second is the migration's.
  private static final int WRITERS = 1685024105;
  private static final int MOVERS = 1685024106;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Field<OffsetDateTime> CLOCK =
      DSL.field("clock_timestamp()", SQLDataType.OFFSETDATETIME);

  private final RealmSession session;
  private final Migration migration;
  private final Side side;

  /** The fence of one migration at one end, over a session outside any transaction. */
  public Fence(RealmSession session, Migration migration, Side side) {
    this.session = session;
    this.migration = migration;
    this.side = side;
  }

  /**
   * Takes the fence over, from nobody or from a process that may still run.
   *
   * @param first its state if there is none yet
   * @return its state
   * @throws TakenOver if somebody with a later epoch has it
   */
  public State takeOver(State first) {
    return session
        .domicile(
            query ->
                query
                    .insertInto(FENCE)
                    .set(FENCE.MIGRATION_ID, migration.id())
                    .set(FENCE.CLIENT_KEY, migration.tenant().clientKey())
                    .set(FENCE.SIDE, side.name())
                    .set(FENCE.STATE, first.name())
                    .set(FENCE.EPOCH, migration.epoch())
                    .onConflict(FENCE.MIGRATION_ID)
                    .doUpdate()
                    .set(FENCE.EPOCH, migration.epoch())
                    .where(
                        FENCE.EPOCH.le(migration.epoch()),
                        FENCE.SIDE.eq(side.name()),
                        FENCE.CLIENT_KEY.eq(migration.tenant().clientKey()))
                    .returningResult(FENCE.STATE)
                    .fetchOptional(FENCE.STATE))
        .map(State::valueOf)
        .orElseThrow(this::takenOver);
  }

  /**
   * Makes sure, until the running transaction ends, that nobody takes the fence over or changes it.
   *
   * @throws TakenOver if somebody has
   */
  public void guard() {
    requireHeld(FENCE.EPOCH.eq(migration.epoch()));
  }

  /**
   * Lets the running transaction delete what is behind the fence.
   *
   * @throws TakenOver if the fence does not stand there. Then the rows are not this migration's old
   *     copy: somebody has purged it, and the tenant may be back
   */
  public void passToPurge() {
    requireHeld(
        FENCE.EPOCH.le(migration.epoch()),
        FENCE.SIDE.eq(side.name()),
        FENCE.STATE.eq(State.PURGING.name()));
    session.execute("SET LOCAL domicile.migration = '" + migration.id() + "'");
  }

  /** The state, if there is a fence. */
  public Optional<State> state() {
    return row().map(row -> State.valueOf(row.getState()));
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
          waitForWriters();
          change(State.FROZEN, State.OPEN);
        });
  }

  /** Lets writes pass again after a freeze that came to nothing. */
  public void thaw() {
    change(State.OPEN, State.FROZEN);
  }

  /** Refuses the tenant's writes for good. */
  public void close() {
    change(State.CLOSED, State.FROZEN);
  }

  /** Says that what is behind a closed fence is going to be deleted. */
  public void beginPurge() {
    change(State.PURGING, State.CLOSED);
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
    int opened =
        session.domicile(
            query ->
                query
                    .update(FENCE)
                    .set(FENCE.STATE, State.OPEN.name())
                    .set(FENCE.EPOCH, migration.epoch())
                    .set(FENCE.CAPTURE_UNTIL, end(soak))
                    .where(ours(), FENCE.STATE.eq(State.CLOSED.name()))
                    .execute());
    if (opened == 0) {
      // Somebody was here before; what came after that stays.
      requireState(State.OPEN, State.LOWERED);
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
          waitForWriters();
          int kept =
              session.domicile(
                  query ->
                      query
                          .update(FENCE)
                          .setNull(FENCE.CAPTURE_UNTIL)
                          .where(ours(), noting())
                          .execute());
          if (kept == 0) {
            throw new WrongState(
                migration + " is final: the time in which it could be taken back is over");
          }
        });
  }

  /** Notes writes for that long from now, after {@link #keepNoting} came to nothing. */
  public void noteFor(Duration soak) {
    session.domicile(
        query ->
            query
                .update(FENCE)
                .set(FENCE.CAPTURE_UNTIL, end(soak))
                .where(ours(), FENCE.STATE.eq(State.OPEN.name()), FENCE.CAPTURE_UNTIL.isNull())
                .execute());
  }

  /** Whether the tenant lives here and all its writes have been noted. */
  public boolean isNoting() {
    return session.domicile(query -> query.fetchExists(FENCE, ours(), noting()));
  }

  /** Takes the fence down: writes pass, and nothing is noted. */
  public void lower() {
    change(State.LOWERED, State.values());
  }

  /** Keeps others from moving rows into the tenant until the running transaction ends. */
  void lockMovers() {
    lock(MOVERS);
  }

  /** The advisory lock of {@link #lockMovers} as the gates take it. */
  static String moversLock(long migrationId) {
    return "pg_advisory_xact_lock(" + MOVERS + ", " + lockNumber(migrationId) + ")";
  }

  private void waitForWriters() {
    lock(WRITERS);
  }

  private void lock(int kind) {
    session.execute(
        "SELECT pg_advisory_xact_lock(" + kind + ", " + lockNumber(migration.id()) + ")");
  }

  private static long lockNumber(long migrationId) {
    return migrationId % (1L << 31);
  }

  private void change(State next, State... before) {
    int changed =
        session.domicile(
            query ->
                query
                    .update(FENCE)
                    .set(FENCE.STATE, next.name())
                    .set(FENCE.EPOCH, migration.epoch())
                    .where(ours(), FENCE.STATE.in(names(before)))
                    .execute());
    if (changed == 0) {
      requireState(next);
    }
  }

  private void requireState(State... expected) {
    FenceRecord row = row().orElseThrow(this::takenOver);
    if (row.getEpoch() > migration.epoch() || !row.getSide().equals(side.name())) {
      throw takenOver();
    }
    if (!names(expected).contains(row.getState())) {
      throw new WrongState(
          "the fence of "
              + migration
              + " in "
              + realm()
              + " is "
              + row.getState()
              + ", expected "
              + String.join(" or ", names(expected))
              + "; see its status");
    }
  }

  private void requireHeld(Condition... conditions) {
    boolean held =
        session.domicile(
            query ->
                query.fetchExists(
                    query
                        .selectOne()
                        .from(FENCE)
                        .where(FENCE.MIGRATION_ID.eq(migration.id()))
                        .and(DSL.and(conditions))
                        .forShare()));
    if (!held) {
      throw takenOver();
    }
  }

  private Optional<FenceRecord> row() {
    return session.domicile(
        query ->
            query.selectFrom(FENCE).where(FENCE.MIGRATION_ID.eq(migration.id())).fetchOptional());
  }

  private static Condition noting() {
    return FENCE
        .STATE
        .in(State.OPEN.name(), State.FROZEN.name())
        .and(FENCE.CAPTURE_UNTIL.isNull().or(FENCE.CAPTURE_UNTIL.gt(CLOCK)));
  }

  private Condition ours() {
    return FENCE
        .MIGRATION_ID
        .eq(migration.id())
        .and(FENCE.EPOCH.le(migration.epoch()))
        .and(FENCE.SIDE.eq(side.name()));
  }

  private static Field<OffsetDateTime> end(Duration soak) {
    return DSL.field(
        "clock_timestamp() + {0} * interval '1 millisecond'",
        SQLDataType.OFFSETDATETIME, DSL.val(soak.toMillis()));
  }

  private static List<String> names(State... states) {
    return Arrays.stream(states).map(State::name).toList();
  }

  private String longTransactions() {
    return "writers of tenant '"
        + migration.tenant()
        + "' in "
        + realm()
        + " did not end in time; end their long transactions and try again";
  }

  private String realm() {
    return (side == Side.SOURCE ? migration.source() : migration.target()).name();
  }

  private TakenOver takenOver() {
    return new TakenOver(
        "the fence of "
            + migration
            + " in "
            + realm()
            + " is not, or no longer, this process's; look at its status, and check realms."
            + realm()
            + ".url");
  }
}
