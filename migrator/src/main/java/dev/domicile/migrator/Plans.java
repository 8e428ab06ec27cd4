package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.IdBlocks;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.PlanDiff;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.Preflight;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Plans of migrations: made once by looking at both realms, kept in the control database. */
final class Plans {
  private static final int NAMED = 10;

  private final MigratorConfig config;
  private final MigrationStore store;

  Plans(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
  }

  /**
   * The stored plan, if the catalogues still say the same; else a new one, if it is allowed. Its
   * offsets are reserved, once for all runs.
   */
  Plan planOf(Migration migration, RealmSession source, RealmSession target) {
    Optional<Plan> stored = store.plan(migration).map(Plan::fromJson);
    stored.ifPresent(plan -> requireUnchanged(migration, plan, source, target));
    if (stored.isPresent() && !stored.get().lacksOffsets()) {
      return stored.get();
    }
    Plan made =
        stored.orElseGet(
            () ->
                new Assessor(config)
                    .assess(
                        migration.tenant(),
                        migration.source(),
                        source,
                        migration.target(),
                        target,
                        null)
                    .allowedPlan(config.tables().acceptedWarnings()));
    Plan plan = made.lacksOffsets() ? reserveOffsets(migration, made, source, target) : made;
    store.keepPlan(
        migration, plan.toJson(), plan.fingerprint(), stored.map(Plan::fingerprint).orElse(null));
    return plan;
  }

  /** Others may have drawn ids since the plan was looked at. */
  private Plan reserveOffsets(
      Migration migration, Plan plan, RealmSession source, RealmSession target) {
    Planner planner = planner(migration, plan, source, target);
    IdBlocks blocks = new IdBlocks(source, target, planner.source(), plan);
    Plan reserved = blocks.reserve();
    List<Finding> findings =
        blocks.findings().isEmpty()
            ? new RowChecks(config, planner, source, target, reserved)
                .run(Forecaster.sizes(source, reserved))
            : blocks.findings();
    return new Assessment(reserved, findings).allowedPlan(config.tables().acceptedWarnings());
  }

  private Planner planner(
      Migration migration, Plan plan, RealmSession source, RealmSession target) {
    return new Planner(
        migration.tenant(),
        source,
        migration.source(),
        target,
        migration.target(),
        config.tables(),
        plan.edited() ? plan : null);
  }

  /**
   * Keeps a plan that was saved, and perhaps edited, as the one that the migration follows.
   *
   * @throws WrongState if the migration has another one already
   */
  void keep(Migration migration, Plan given) {
    Optional<Plan> stored = store.plan(migration).map(Plan::fromJson);
    if (stored.isPresent()) {
      requireSame("another plan was given for " + migration, stored.get(), given);
      return;
    }
    Plan plan =
        new Assessor(config)
            .assess(migration.tenant(), migration.source(), migration.target(), given)
            .allowedPlan(config.tables().acceptedWarnings());
    store.keepPlan(migration, plan.toJson(), plan.fingerprint(), null);
  }

  /**
   * Makes sure that the tables are still those of the plan.
   *
   * @throws WrongState if they are not
   */
  void requireUnchanged(Migration migration, Plan plan, RealmSession source, RealmSession target) {
    Planner planner = planner(migration, plan, source, target);
    Plan now = planner.plan(plan.foreignKeysDeferred()).withOffsetsOf(plan);
    String what =
        "the tables or their configuration have changed since " + migration + " was started";
    requireSame(what, plan, now);
    List<Finding> errors =
        planner.findings().stream().filter(f -> f.severity() == Finding.Severity.ERROR).toList();
    if (!errors.isEmpty()) {
      throw new WrongState(what + ": " + some(errors));
    }
    if (!(plan.edited() ? now.asEdited() : now).fingerprint().equals(plan.fingerprint())) {
      throw new WrongState(what + "; roll back and schedule again");
    }
  }

  private static void requireSame(String what, Plan was, Plan now) {
    List<String> lines = PlanDiff.between(was, now);
    if (!lines.isEmpty()) {
      throw new WrongState(
          what + ": " + some(lines) + "; undo the change, or roll back and schedule again");
    }
  }

  private static String some(List<?> lines) {
    String named =
        lines.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "));
    return lines.size() > NAMED ? named + " and " + (lines.size() - NAMED) + " more" : named;
  }

  /**
   * How the rows of a plan move back: the same tables, with the columns and sequences of the
   * source.
   *
   * @throws WrongState if they cannot
   */
  Plan reversed(Migration migration, Plan plan, RealmSession source, RealmSession target) {
    Planner planner =
        new Planner(
            migration.tenant(),
            target,
            migration.target(),
            source,
            migration.source(),
            config.tables(),
            plan.edited() ? plan : null);
    Plan back = planner.plan(Preflight.mayDeferForeignKeys(source)).withOffsetsBackFrom(plan);
    if (back.tables().size() != plan.tables().size()) {
      throw new WrongState(
          "rows cannot go back to " + migration.source() + ": " + some(planner.findings()));
    }
    return back;
  }

  /**
   * The plan of a migration that was started.
   *
   * @throws WrongState if it was not
   */
  Plan stored(Migration migration) {
    return store
        .plan(migration)
        .map(Plan::fromJson)
        .orElseThrow(() -> new WrongState(migration + " was never started; start it first"));
  }
}
