package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.FENCE;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.realm.tables.records.FenceRecord;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * The row of a {@link Fence}. Each change compares the epoch: a process that was taken over changes
 * nothing any more.
 */
final class FenceRow {
  /** The SQLSTATE of a guard that fails among other statements. */
  private static final String TAKEN_OVER = "DM002";

  private final RealmSession session;
  private final Migration migration;
  private final Side side;

  FenceRow(RealmSession session, Migration migration, Side side) {
    this.session = session;
    this.migration = migration;
    this.side = side;
  }

  State takeOver(State first) {
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

  Optional<FenceRecord> read() {
    return session.domicile(
        query ->
            query.selectFrom(FENCE).where(FENCE.MIGRATION_ID.eq(migration.id())).fetchOptional());
  }

  boolean is(Condition condition) {
    return session.domicile(query -> query.fetchExists(FENCE, ours(), condition));
  }

  /** Changes the state, unless it was changed so before. */
  void change(State next, State... before) {
    boolean changed =
        update(
            FENCE.STATE.in(names(before)),
            Map.of(FENCE.STATE, next.name(), FENCE.EPOCH, migration.epoch()));
    if (!changed) {
      require(next);
    }
  }

  /** Changes it, whatever its state is. */
  void set(Map<?, ?> values) {
    if (!update(DSL.noCondition(), values)) {
      throw takenOver();
    }
  }

  /** Changes it where the condition holds; returns whether it did. */
  boolean update(Condition condition, Map<?, ?> values) {
    return session.domicile(
            query -> query.update(FENCE).set(values).where(ours(), condition).execute())
        > 0;
  }

  void require(State... expected) {
    FenceRecord row = read().orElseThrow(this::takenOver);
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

  /** Makes sure, until the running transaction ends, that it stays as the conditions say. */
  void hold(Condition... conditions) {
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

  /** The statement that, among others, makes sure that this process has the fence. */
  String guarding() {
    return """
    DO $$ BEGIN
      PERFORM FROM domicile.fence WHERE migration_id = %d AND epoch = %d FOR SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'taken over' USING ERRCODE = '%s';
      END IF;
    END $$
    """
        .formatted(migration.id(), migration.epoch(), TAKEN_OVER);
  }

  /** What it means that statements among which was {@link #guarding} have failed. */
  MigrationException unlessTakenOver(StatementFailed error) {
    return error.sqlState().equals(TAKEN_OVER) ? takenOver() : error;
  }

  private Condition ours() {
    return FENCE
        .MIGRATION_ID
        .eq(migration.id())
        .and(FENCE.EPOCH.le(migration.epoch()))
        .and(FENCE.SIDE.eq(side.name()));
  }

  private static List<String> names(State... states) {
    return Arrays.stream(states).map(State::name).toList();
  }

  /** The realm that it stands in. */
  String realm() {
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
