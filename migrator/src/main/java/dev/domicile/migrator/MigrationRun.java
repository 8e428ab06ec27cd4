package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.copy.Checkpoints;
import dev.domicile.migrator.copy.CopyRun;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.copy.Referrers;
import dev.domicile.migrator.copy.Removal;
import dev.domicile.migrator.copy.Sequences;
import dev.domicile.migrator.copy.Tally;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.cutover.Notes;
import dev.domicile.migrator.cutover.OneState;
import dev.domicile.migrator.cutover.References;
import dev.domicile.migrator.cutover.Slot;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.session.Together;
import dev.domicile.migrator.state.MigrationStore;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** The work behind each verb, from one change of state to the next. */
final class MigrationRun {
  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;
  private final Plans plans;
  private final OldFences oldFences;

  MigrationRun(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
    this.plans = new Plans(config, store);
    this.oldFences = new OldFences(config, clock, store);
  }

  Migration copy(Migration seen, Progress.Listener listener) {
    if (!seen.copies()) {
      return new RouteOnly(config, clock, store).prepare(seen);
    }
    try (Ends ends = Ends.forth(config, seen)) {
      Plan plan = plans.planOf(seen, ends.from(), ends.to());
      Migration now = advance(seen, MigrationState.COPYING);
      try (Workers workers = ends.workers(seen)) {
        // The new fences first: a node with an old route must find one all the time.
        raiseFences(ends, workers, now, plan);
        oldFences.lowerForMove(seen);
        // Before the first row, so that nobody at the target draws an id that is about to arrive.
        Sequences.advance(plan, workers);
        Checkpoints.Totals totals = copy(ends, workers, now, plan, listener);
        now = advance(now, MigrationState.CATCHING_UP);
        ends.fenceFrom(now).takeOver(State.OPEN);
        ends.fenceTo(now).takeOver(State.CLOSED);
        try (Notes notes = ends.notesFrom(now)) {
          new SwitchOver(config, store)
              .cutover(ends, now, plan, Ledger.read(now).chunks(ends.to()), notes)
              .catchUp();
        }
        Sequences.advance(plan, workers);
        new References(plan).check(workers);
        return store.advance(
            now,
            MigrationState.READY_TO_COMMIT,
            null,
            Map.of(
                "chunks", totals.chunks(),
                "rows", totals.rows(),
                "bytes", totals.bytes(),
                "digest", Ledger.read(now).checkpoints().digest(ends.to())));
      } catch (MigrationException e) {
        fail(now, MigrationState.FAILED, e);
        throw e;
      }
    }
  }

  private Checkpoints.Totals copy(
      Ends ends, Workers workers, Migration now, Plan plan, Progress.Listener listener) {
    try (Notes notes = ends.notesFrom(now)) {
      OneState alignment = new OneState(now, plan, workers.threads(), notes);
      return new CopyRun(now, plan, config.copy(), clock, listener, alignment)
          .run(ends.to(), workers);
    }
  }

  /** From here on every write of the tenant is noted at the source, and refused at the target. */
  private void raiseFences(Ends ends, Workers workers, Migration now, Plan plan) {
    if (ends.fenceFrom(now).takeOver(State.OPEN) == State.FROZEN) {
      ends.fenceFrom(now).thaw();
    }
    ends.fenceTo(now).takeOver(State.CLOSED);
    raiseSlot(ends, now, plan);
    Together.run(
        workers.threads(),
        () -> ends.gatesFrom(now, plan).raise(),
        () -> ends.gatesTo(now, plan).raise());
  }

  /** How changes are noted stays as it was when the first gate was raised. */
  private void raiseSlot(Ends ends, Migration now, Plan plan) {
    Slot slot = ends.slotFrom(now);
    if (ends.gatesFrom(now, plan).isBegun()) {
      slot.requireUsable();
    } else if (CaptureChoice.of(config.cutover().capture(), ends.from()).require()) {
      slot.create();
    } else {
      slot.drop();
    }
  }

  Migration commit(Migration seen) {
    if (!seen.copies()) {
      return seen.state() == MigrationState.COMMITTED
          ? seen
          : new RouteOnly(config, clock, store).commit(seen);
    }
    SwitchOver switchOver = new SwitchOver(config, store);
    if (seen.needsFinish()) {
      return switchOver.finish(seen);
    }
    return seen.state() == MigrationState.COMMITTED ? seen : switchOver.commit(seen);
  }

  Migration rollback(Migration seen, Progress.Listener listener) {
    return switch (seen.state()) {
      case ROLLED_BACK -> {
        oldFences.lower(seen);
        yield seen;
      }
      case PURGED ->
          throw new WrongState(
              seen
                  + " is final, since its old copy is purged; move the tenant back to "
                  + seen.source());
      case COMMITTED -> deleteCopy(takeBack(commit(seen)), listener);
      case RETURNING -> deleteCopy(takeBack(seen), listener);
      default -> deleteCopy(seen, listener);
    };
  }

  private Migration takeBack(Migration committed) {
    return committed.copies()
        ? new SwitchOver(config, store).takeBack(committed)
        : new RouteOnly(config, clock, store).takeBack(committed);
  }

  private Migration deleteCopy(Migration seen, Progress.Listener listener) {
    Migration rollingBack = advance(seen, MigrationState.ROLLING_BACK);
    Optional<Plan> plan = store.plan(seen).map(Plan::fromJson);
    long rows = 0;
    if (plan.isPresent()) {
      // No flip can come any more, so the source may take writes again, whether the target answers
      // or not.
      try (RealmSession source = Realms.open(config, seen.source())) {
        OldFences.takeDown(source, rollingBack, plan.get(), Side.SOURCE);
      }
      try (Ends ends = Ends.forth(config, seen)) {
        Fence fence = ends.fenceTo(rollingBack);
        if (fence.takeOver(State.CLOSED) == State.FROZEN) {
          fence.close();
        }
        Ledger ledger = Ledger.takeOver(ends.to(), rollingBack);
        rows = new Removal(plan.get(), ledger, config.copy(), listener).undoCopy(ends.to());
        if (oldFences.isForgotten(rollingBack)) {
          OldFences.takeDown(ends.to(), rollingBack, plan.get(), Side.TARGET);
        }
      }
    }
    return store.advance(
        rollingBack, MigrationState.ROLLED_BACK, null, Map.of("rowsDeleted", rows));
  }

  Migration purge(Migration committed, Progress.Listener listener) {
    Plan plan = plans.stored(committed);
    Migration migration = commit(committed);
    try (RealmSession source = Realms.open(config, migration.source());
        RealmSession target = Realms.open(config, migration.target())) {
      OneDatabase.requireTwo(migration, source, target);
      Ledger ledger = Ledger.read(migration);
      Tally tally = new Tally(migration);
      if (!ledger.isPurged(target)) {
        // Without its chunks a purge would delete nothing and call it done.
        ledger.requireComplete(target, plan);
        new Referrers(source, plan).requireNone();
        Fence fence = new Fence(source, migration, Side.SOURCE);
        // From here on there is no way back.
        fence.beginPurge();
        OldFences.takeDown(target, migration, plan, Side.TARGET);
        new Removal(plan, ledger, config.copy(), listener)
            .purge(source, ledger.chunks(target), table -> fence.passToPurge(), tally);
        ledger.purged(target);
      }
      Migration purged = store.advance(migration, MigrationState.PURGED, null, tally.audit(source));
      OldFences.takeDown(source, purged, plan, Side.SOURCE);
      return purged;
    }
  }

  /** Goes on with what a process that died has left half done. */
  Migration goOn(Migration left) {
    return switch (left.state()) {
      case COMMITTING, COMMITTED -> commit(left);
      case RETURNING, ROLLING_BACK -> rollback(left, Progress.Listener.NONE);
      default -> left;
    };
  }

  private Migration advance(Migration seen, MigrationState next) {
    return store.advance(seen, next, null, Map.of());
  }

  private void giveUp(Migration now, MigrationState state, MigrationException error) {
    String message = String.valueOf(error.getMessage());
    store.advance(now, state, message, Map.of("error", message));
  }

  /** Writes the failure down, unless somebody else has taken over; returns whether it was. */
  private boolean fail(Migration now, MigrationState state, MigrationException error) {
    if (error instanceof TakenOver) {
      return false;
    }
    try {
      giveUp(now, state, error);
      return true;
    } catch (MigrationException e) {
      error.addSuppressed(e);
      return false;
    }
  }
}
