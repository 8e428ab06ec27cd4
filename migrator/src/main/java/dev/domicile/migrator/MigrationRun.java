package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.CopyRun;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.copy.Removal;
import dev.domicile.migrator.copy.Sequences;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.cutover.CatchUp;
import dev.domicile.migrator.cutover.Comparison;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.References;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.Preflight;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The work behind each verb, from one change of state to the next. */
final class MigrationRun {
  private static final Logger LOG = LoggerFactory.getLogger(MigrationRun.class);

  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;

  MigrationRun(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
  }

  Assessment assess(TenantId tenant, Realm from, Realm to) {
    try (RealmSession source = Realms.open(config, from);
        RealmSession target = Realms.open(config, to)) {
      return assess(tenant, from, source, to, target);
    }
  }

  private Assessment assess(
      TenantId tenant, Realm from, RealmSession source, Realm to, RealmSession target) {
    Planner planner = new Planner(source, from, target, to, config.tables());
    Plan plan = planner.plan(tenant, Preflight.mayDeferForeignKeys(target));
    Assessment schemas = new Assessment(plan, List.copyOf(planner.findings()));
    if (!schemas.allowed()) {
      // Rows of tables that do not fit cannot be compared.
      return schemas;
    }
    List<Finding> findings = new ArrayList<>(schemas.findings());
    findings.addAll(new Preflight(source, target, plan).check(planner.target()));
    return new Assessment(plan, List.copyOf(findings));
  }

  Migration copy(Migration seen, Progress.Listener listener) {
    try (RealmSession source = Realms.open(config, seen.source());
        RealmSession target = Realms.open(config, seen.target())) {
      Plan plan = planOf(seen, source, target);
      Migration copying = advance(seen, MigrationState.COPYING);
      try (Workers workers = workers(seen)) {
        Ledger.Totals totals =
            new CopyRun(copying, plan, config.copy(), clock, listener).run(target, workers);
        copying = advance(copying, MigrationState.CATCHING_UP);
        finish(target, plan);
        return store.advance(
            copying,
            MigrationState.READY_TO_COMMIT,
            null,
            Map.of("chunks", totals.chunks(), "rows", totals.rows(), "bytes", totals.bytes()));
      } catch (MigrationException e) {
        fail(copying, MigrationState.FAILED, e);
        throw e;
      }
    }
  }

  /** The stored plan, if the catalogues still say the same; else a new one, if it is allowed. */
  private Plan planOf(Migration migration, RealmSession source, RealmSession target) {
    Optional<Plan> stored = store.plan(migration).map(Plan::fromJson);
    if (stored.isEmpty()) {
      Plan plan =
          assess(migration.tenant(), migration.source(), source, migration.target(), target)
              .allowedPlan();
      store.keepPlan(migration, plan.toJson(), plan.fingerprint());
      return plan;
    }
    Plan plan = stored.get();
    Plan now =
        new Planner(source, migration.source(), target, migration.target(), config.tables())
            .plan(migration.tenant(), plan.foreignKeysDeferred());
    if (!now.fingerprint().equals(plan.fingerprint())) {
      throw new WrongState(
          "the tables or their configuration have changed since "
              + migration
              + " was started; undo the change, or roll back and schedule again");
    }
    return plan;
  }

  Migration commit(Migration seen, Progress.Listener listener) {
    Plan plan = storedPlan(seen);
    try (RealmSession source = Realms.open(config, seen.source());
        RealmSession target = Realms.open(config, seen.target())) {
      Migration committing = advance(seen, MigrationState.COMMITTING);
      Fence fence = new Fence(source, committing, plan);
      try (Workers workers = workers(seen)) {
        Ledger ledger = Ledger.takeOver(target, committing);
        fence.raise();
        List<Chunk> chunks = ledger.chunks(target);
        Comparison.Result result = new Comparison(plan, listener).compare(chunks, workers);
        if (!result.equal()) {
          new CatchUp(source, target, plan, ledger).run(result.differing());
          requireEqual(
              new Comparison(plan, Progress.Listener.NONE).compare(result.differing(), workers));
        }
        finish(target, plan);
        return store.flip(
            committing,
            Map.of(
                "chunks", result.chunks(),
                "rows", result.rows(),
                "chunksCaughtUp", result.differing().size()));
      } catch (MigrationException e) {
        if (fail(committing, MigrationState.READY_TO_COMMIT, e)) {
          lower(fence, e);
        }
        throw e;
      }
    }
  }

  Migration rollback(Migration seen, Progress.Listener listener) {
    Migration rollingBack = advance(seen, MigrationState.ROLLING_BACK);
    Optional<Plan> plan = store.plan(seen).map(Plan::fromJson);
    long rows = 0;
    if (plan.isPresent()) {
      try (RealmSession source = Realms.open(config, seen.source());
          RealmSession target = Realms.open(config, seen.target())) {
        // No flip can come any more, so the source may take writes again at once.
        new Fence(source, rollingBack, plan.get()).lowerAll();
        Ledger ledger = Ledger.takeOver(target, rollingBack);
        rows = new Removal(plan.get(), ledger, listener).undoCopy(target);
      }
    }
    return store.advance(
        rollingBack, MigrationState.ROLLED_BACK, null, Map.of("rowsDeleted", rows));
  }

  Comparison.Result verify(Migration migration, Progress.Listener listener) {
    Plan plan = storedPlan(migration);
    try (RealmSession target = Realms.open(config, migration.target());
        Workers workers = workers(migration)) {
      List<Chunk> chunks = Ledger.read(migration).chunks(target);
      return new Comparison(plan, listener).compare(chunks, workers);
    }
  }

  Migration purge(Migration migration, Progress.Listener listener) {
    Plan plan = storedPlan(migration);
    try (RealmSession source = Realms.open(config, migration.source());
        RealmSession target = Realms.open(config, migration.target())) {
      Ledger ledger = Ledger.read(migration);
      Fence fence = new Fence(source, migration, plan);
      long rows =
          new Removal(plan, ledger, listener).purge(source, ledger.chunks(target), fence::pass);
      fence.lowerAll();
      return store.advance(migration, MigrationState.PURGED, null, Map.of("rowsDeleted", rows));
    }
  }

  /** What must hold before anybody may write at the target. */
  private static void finish(RealmSession target, Plan plan) {
    new Sequences(target, plan).advance();
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

  private Plan storedPlan(Migration migration) {
    return store
        .plan(migration)
        .map(Plan::fromJson)
        .orElseThrow(() -> new WrongState(migration + " was never started; start it first"));
  }

  private Workers workers(Migration migration) {
    return new Workers(
        config.copy().jobs(),
        () -> Realms.open(config, migration.source()),
        () -> Realms.open(config, migration.target()));
  }

  private Migration advance(Migration seen, MigrationState next) {
    return store.advance(seen, next, null, Map.of());
  }

  /** Writes the failure down, unless somebody else has taken over; returns whether it was. */
  private boolean fail(Migration now, MigrationState state, MigrationException error) {
    if (error instanceof TakenOver) {
      return false;
    }
    try {
      store.advance(now, state, error.getMessage(), Map.of("error", error.getMessage()));
      return true;
    } catch (MigrationException e) {
      error.addSuppressed(e);
      return false;
    }
  }

  private static void lower(Fence fence, MigrationException error) {
    if (error instanceof CutoverTimedOut) {
      // It was never raised.
      return;
    }
    try {
      fence.lower();
    } catch (MigrationException e) {
      LOG.error("The source stays fenced; commit again or roll back", e);
      error.addSuppressed(e);
    }
  }
}
