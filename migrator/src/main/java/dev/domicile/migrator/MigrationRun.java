package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.CopyRun;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.copy.Referrers;
import dev.domicile.migrator.copy.Removal;
import dev.domicile.migrator.copy.Sequences;
import dev.domicile.migrator.copy.Tally;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.cutover.CatchUp;
import dev.domicile.migrator.cutover.Comparison;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.References;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The work behind each verb, from one change of state to the next. */
final class MigrationRun {
  private static final Logger LOG = LoggerFactory.getLogger(MigrationRun.class);

  private static final String FOREIGN_KEY_VIOLATION = "23503";
  private static final int ATTEMPTS = 5;

  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;
  private final Plans plans;

  MigrationRun(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
    this.plans = new Plans(config, store);
  }

  Migration copy(Migration seen, Progress.Listener listener) {
    if (!seen.copies()) {
      return new RouteOnly(config, store).prepare(seen);
    }
    try (RealmSession source = Realms.open(config, seen.source());
        RealmSession target = Realms.open(config, seen.target())) {
      OneDatabase.requireTwo(seen, source, target);
      Plan plan = plans.planOf(seen, source, target);
      Migration now = advance(seen, MigrationState.COPYING);
      store.over(seen.tenant()).stream()
          .filter(old -> old.source().equals(seen.target()))
          .forEach(this::tidy);
      try (Workers workers = workers(seen)) {
        // Before the first row, so that nobody at the target draws an id that is about to arrive.
        new Sequences(source, target, plan).advance();
        Ledger.Totals totals = null;
        for (int attempt = 1; totals == null; attempt++) {
          try {
            if (attempt > 1) {
              // A row refers to one that was written after the chunk of that one was copied.
              now = advance(now, MigrationState.COPYING);
              catchUp(now, plan, source, target, workers);
              now = advance(now, MigrationState.COPYING);
            }
            totals = new CopyRun(now, plan, config.copy(), clock, listener).run(target, workers);
          } catch (StatementFailed e) {
            if (!e.sqlState().equals(FOREIGN_KEY_VIOLATION) || attempt == ATTEMPTS) {
              throw e;
            }
          }
        }
        now = advance(now, MigrationState.CATCHING_UP);
        finish(source, target, plan);
        return store.advance(
            now,
            MigrationState.READY_TO_COMMIT,
            null,
            Map.of(
                "chunks", totals.chunks(),
                "rows", totals.rows(),
                "bytes", totals.bytes(),
                "digest", Ledger.read(now).digest(target)));
      } catch (MigrationException e) {
        fail(now, MigrationState.FAILED, e);
        throw e;
      }
    }
  }

  /** Brings the chunks that are in up to date with the source. */
  private void catchUp(
      Migration now, Plan plan, RealmSession source, RealmSession target, Workers workers) {
    Ledger ledger = Ledger.takeOver(target, now);
    Comparison comparison = new Comparison(plan, Progress.Listener.NONE);
    List<Chunk> changed = comparison.compare(ledger.copied(target), workers).differing();
    new CatchUp(source, target, plan, ledger).run(changed);
  }

  Migration commit(Migration seen, Progress.Listener listener) {
    if (!seen.copies()) {
      return new RouteOnly(config, store).commit(seen);
    }
    Plan plan = plans.stored(seen);
    try (RealmSession source = Realms.open(config, seen.source());
        RealmSession target = Realms.open(config, seen.target())) {
      OneDatabase.requireTwo(seen, source, target);
      Migration committing = advance(seen, MigrationState.COMMITTING);
      Fence fence = new Fence(source, committing, plan);
      try (Workers workers = workers(seen)) {
        Ledger ledger = Ledger.takeOver(target, committing);
        ledger.requireComplete(target, plan);
        fence.raise();
        plans.requireUnchanged(committing, plan, source, target);
        List<Chunk> chunks = ledger.chunks(target);
        Comparison.Result result = new Comparison(plan, listener).compare(chunks, workers);
        if (!result.equal()) {
          new CatchUp(source, target, plan, ledger).run(result.differing());
          requireEqual(
              new Comparison(plan, Progress.Listener.NONE).compare(result.differing(), workers));
        }
        finish(source, target, plan);
        return store.flip(
            committing,
            Map.of(
                "chunks", result.chunks(),
                "rows", result.rows(),
                "chunksCaughtUp", result.differing().size()));
      } catch (RuntimeException e) {
        return settle(committing, fence, e);
      }
    }
  }

  /**
   * Lets the source take writes again after a commit that failed, but only where the control
   * database says that it has failed: the answer to a flip that went through may have been lost.
   *
   * @return the migration, if it is committed after all
   */
  private Migration settle(Migration committing, Fence fence, RuntimeException error) {
    try {
      Migration now = store.now(committing);
      if (now.epoch() == committing.epoch()) {
        giveUp(committing, MigrationState.READY_TO_COMMIT, error);
        fence.lower();
      } else if (now.state() != MigrationState.COMMITTED && now.state() != MigrationState.PURGED) {
        fence.lowerOwn();
      } else if (now.epoch() == committing.epoch() + 1) {
        return now;
      }
    } catch (MigrationException e) {
      LOG.error("The source stays fenced; commit again or roll back", e);
      error.addSuppressed(e);
    }
    throw error;
  }

  Migration rollback(Migration seen, Progress.Listener listener) {
    Migration rollingBack = advance(seen, MigrationState.ROLLING_BACK);
    Optional<Plan> plan = store.plan(seen).map(Plan::fromJson);
    long rows = 0;
    if (plan.isPresent()) {
      // No flip can come any more, so the source may take writes again, whether the target answers
      // or not.
      tidy(rollingBack);
      try (RealmSession source = Realms.open(config, seen.source());
          RealmSession target = Realms.open(config, seen.target())) {
        OneDatabase.requireTwo(seen, source, target);
        Ledger ledger = Ledger.takeOver(target, rollingBack);
        rows = new Removal(plan.get(), ledger, config.copy(), listener).undoCopy(target);
      }
    }
    return store.advance(
        rollingBack, MigrationState.ROLLED_BACK, null, Map.of("rowsDeleted", rows));
  }

  Migration purge(Migration migration, Progress.Listener listener) {
    Plan plan = plans.stored(migration);
    try (RealmSession source = Realms.open(config, migration.source());
        RealmSession target = Realms.open(config, migration.target())) {
      OneDatabase.requireTwo(migration, source, target);
      Ledger ledger = Ledger.read(migration);
      Fence fence = new Fence(source, migration, plan);
      Tally tally = new Tally(migration);
      if (!ledger.isPurged(target)) {
        // Without its chunks a purge would delete nothing and call it done.
        ledger.requireComplete(target, plan);
        new Referrers(source, plan).requireNone();
        new Removal(plan, ledger, config.copy(), listener)
            .purge(source, ledger.chunks(target), fence::pass, tally);
        ledger.purged(target);
      }
      Migration purged = store.advance(migration, MigrationState.PURGED, null, tally.audit(source));
      fence.lowerAll();
      tally.forget(source);
      return purged;
    }
  }

  /** Takes away what a process may have left that died between its last two steps. */
  void tidy(Migration over) {
    store
        .plan(over)
        .map(Plan::fromJson)
        .ifPresent(
            plan -> {
              try (RealmSession source = Realms.open(config, over.source())) {
                new Fence(source, over, plan).lowerAll();
                new Tally(over).forget(source);
              }
            });
  }

  /** What must hold before anybody may write at the target. */
  private static void finish(RealmSession source, RealmSession target, Plan plan) {
    new Sequences(source, target, plan).advance();
    new References(target, plan).check();
  }

  private static void requireEqual(Comparison.Result result) {
    if (!result.equal()) {
      throw new VerificationFailed(
          "source and target differ in "
              + result.differing()
              + " although the source is fenced; roll back, and report this");
    }
  }

  private Workers workers(Migration migration) {
    return new Workers(
        config.copy(),
        () -> Realms.open(config, migration.source()),
        () -> Realms.open(config, migration.target()));
  }

  private Migration advance(Migration seen, MigrationState next) {
    return store.advance(seen, next, null, Map.of());
  }

  private void giveUp(Migration now, MigrationState state, RuntimeException error) {
    String message =
        error instanceof MigrationException known
            ? String.valueOf(known.getMessage())
            : error.getClass().getSimpleName();
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
