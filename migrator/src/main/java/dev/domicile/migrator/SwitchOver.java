package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.cutover.Cutover;
import dev.domicile.migrator.cutover.Cutover.Switched;
import dev.domicile.migrator.cutover.Drain;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.cutover.Gates;
import dev.domicile.migrator.cutover.Notes;
import dev.domicile.migrator.cutover.WholeTables;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Moves a tenant's home: to the target at the commit, and back to the source if the commit is taken
 * back. Every step can be repeated by any process: what was done is in the databases.
 */
final class SwitchOver {
  private final MigratorConfig config;
  private final MigrationStore store;
  private final Plans plans;
  private final Settlement settlement;

  SwitchOver(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
    this.plans = new Plans(config, store);
    this.settlement = new Settlement(config, store);
  }

  /** Commits what is ready; what a process that died had begun is gone on with. */
  Migration commit(Migration seen) {
    Plan plan = plans.stored(seen);
    try (Ends ends = Ends.forth(config, seen)) {
      Migration committing = store.advance(seen, MigrationState.COMMITTING, null, Map.of());
      AtomicBoolean asked = new AtomicBoolean();
      @Nullable Long since;
      @Nullable Migration committed;
      try {
        Ledger ledger = Ledger.takeOver(ends.to(), committing);
        ledger.requireComplete(ends.to(), plan);
        ends.fenceFrom(committing).takeOver(State.OPEN);
        ends.fenceTo(committing).takeOver(State.CLOSED);
        Map<String, Object> detail = Map.of("rows", ledger.checkpoints().totals(ends.to()).rows());
        Switched<Migration> switched =
            run(
                ends,
                committing,
                plan,
                ledger.chunks(ends.to()),
                () -> plans.requireUnchanged(committing, plan, ends.from(), ends.to()),
                pinned ->
                    pinned
                        .flip()
                        .forth(
                            committing,
                            detail,
                            config.cutover().pauseBudget(),
                            () -> asked.set(true)));
        since = switched.since();
        committed = switched.result();
      } catch (RuntimeException | Error e) {
        committed =
            settlement.settle(
                committing, MigrationState.READY_TO_COMMIT, Side.SOURCE, asked.get(), e);
        if (committed == null) {
          throw e;
        }
        since = null;
      }
      return finish(committed, plan, ends, since);
    }
  }

  /** The last steps of a commit, which another process may have left. */
  Migration finish(Migration committed) {
    Plan plan = plans.stored(committed);
    try (Ends ends = Ends.forth(config, committed)) {
      return finish(committed, plan, ends, null);
    }
  }

  /** Of what another process began it is not known since when writers were held up. */
  private Migration finish(Migration committed, Plan plan, Ends ends, @Nullable Long since) {
    ends.fenceTo(committed).open(config.cutover().soak());
    Map<String, Object> pause =
        since == null
            ? Map.of()
            : Map.of(MigrationReport.PAUSE, (System.nanoTime() - since) / 1_000_000);
    ends.fenceFrom(committed).close();
    ends.slotFrom(committed).drop();
    new ChangeLog(ends.from(), committed).clear();
    if (config.cutover().soak().isZero()) {
      ends.gatesTo(committed, plan).lower();
    }
    return store.opened(committed, pause);
  }

  /**
   * Takes a commit back: the tenant's home is the source again, with what it has written since.
   * What is left to do is what a rollback does.
   *
   * @throws WrongState if the soak is over, or the old copy is being purged
   */
  Migration takeBack(Migration seen) {
    Plan plan = plans.stored(seen);
    try (Ends ends = Ends.back(config, seen)) {
      requireReturnable(seen, ends);
      Migration returning = store.advance(seen, MigrationState.RETURNING, null, Map.of());
      AtomicBoolean asked = new AtomicBoolean();
      @Nullable Migration back;
      try {
        Fence target = ends.fenceFrom(returning);
        target.takeOver(State.CLOSED);
        ends.fenceTo(returning).takeOver(State.CLOSED);
        requireReturnable(returning, ends);
        target.keepNoting();
        plans.requireUnchanged(returning, plan, ends.to(), ends.from());
        Plan reversed = plans.reversed(returning, plan, ends.to(), ends.from());
        back =
            run(
                    ends,
                    returning,
                    reversed,
                    Ledger.read(returning).chunks(ends.from()).stream()
                        .map(chunk -> chunk.atSource(plan))
                        .toList(),
                    () -> plans.requireUnchanged(returning, plan, ends.to(), ends.from()),
                    pinned ->
                        pinned
                            .flip()
                            .back(
                                returning,
                                Map.of(),
                                config.cutover().pauseBudget(),
                                () -> asked.set(true)))
                .result();
      } catch (RuntimeException | Error e) {
        back = settlement.settle(returning, MigrationState.COMMITTED, Side.TARGET, asked.get(), e);
        if (back == null) {
          throw e;
        }
      }
      Fence source = ends.fenceTo(back);
      source.lower();
      ends.fenceFrom(back).close();
      new ChangeLog(ends.from(), back).clear();
      return back;
    }
  }

  private static void requireReturnable(Migration migration, Ends ends) {
    boolean noted = ends.fenceFrom(migration).isNoting();
    boolean there = ends.fenceTo(migration).state().filter(s -> s == State.CLOSED).isPresent();
    if (!noted || !there) {
      throw new WrongState(
          migration
              + " is committed and final, since "
              + (there
                  ? "the time in which it could be taken back is over"
                  : "the old copy is being purged")
              + "; purge the old copy, then move the tenant back to "
              + migration.source());
    }
  }

  private Switched<Migration> run(
      Ends ends,
      Migration migration,
      Plan plan,
      List<Chunk> chunks,
      Runnable check,
      Function<MigrationStore, Migration> flip) {
    Gates gates = ends.gatesFrom(migration, plan);
    try (Notes notes = ends.notesFrom(migration);
        RealmSession one = Realms.open(config, migration.source());
        RealmSession other = Realms.open(config, migration.target())) {
      Cutover cutover = cutover(ends, migration, plan, chunks, notes);
      return store.onOneConnection(
          pinned ->
              cutover.run(
                  List.of(one, other),
                  () -> {
                    gates.requireStanding();
                    check.run();
                  },
                  () -> flip.apply(pinned)));
    }
  }

  /** What takes changes along in the direction of the ends. */
  Cutover cutover(Ends ends, Migration migration, Plan plan, List<Chunk> chunks, Notes notes) {
    Fence guard = ends.fenceTo(migration);
    Drain drain = new Drain(migration, ends.from(), ends.to(), plan, guard::guard, notes);
    drain.prepare();
    WholeTables wholeTables =
        new WholeTables(migration, plan, ends.from(), drain, chunks, () -> ends.workers(migration));
    return new Cutover(
        migration, plan, ends.fenceFrom(migration), drain, wholeTables, config.cutover());
  }
}
