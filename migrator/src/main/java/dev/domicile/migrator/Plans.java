package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.Preflight;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plans of migrations: made by looking at both realms, kept in the control database. */
final class Plans {
  private final MigratorConfig config;
  private final MigrationStore store;

  Plans(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
  }

  Assessment assess(TenantId tenant, Realm from, Realm to) {
    if (OneDatabase.isConfigured(config, from, to)) {
      return new Assessment(
          new Plan(tenant.clientKey(), from.name(), to.name(), false, List.of(), List.of()),
          List.of(
              Finding.warning(
                  "one-database",
                  "realms." + to,
                  "has the database of " + from + ", so that only the route changes",
                  "give the realms two databases if rows should move")));
    }
    try (RealmSession source = Realms.open(config, from);
        RealmSession target = Realms.open(config, to)) {
      return assess(tenant, from, source, to, target);
    }
  }

  private Assessment assess(
      TenantId tenant, Realm from, RealmSession source, Realm to, RealmSession target) {
    Planner planner = new Planner(source, from, target, to, config.tables());
    if (OneDatabase.isReached(source, target)) {
      planner
          .findings()
          .add(
              Finding.error(
                  "one-database",
                  "realms." + to,
                  "reaches the database of " + from + " by another url",
                  "give both realms the same url"));
    }
    Plan plan = planner.plan(tenant, Preflight.mayDeferForeignKeys(target));
    Assessment schemas = new Assessment(plan, List.copyOf(planner.findings()));
    if (!schemas.allowed()) {
      // Rows of tables that do not fit cannot be compared.
      return schemas;
    }
    List<Finding> findings = new ArrayList<>(schemas.findings());
    if (!plan.circle().isEmpty() && !Preflight.mayDeferForeignKeys(source)) {
      findings.add(
          Finding.error(
              "foreign-key-cycle",
              plan.circle().toString(),
              "refer to each other in a circle, so that the old copy could not be purged",
              "as superuser in "
                  + from
                  + " run GRANT SET ON PARAMETER session_replication_role TO the configured user"));
    }
    findings.addAll(new Preflight(source, target, plan).check(planner.source(), planner.target()));
    return new Assessment(plan, List.copyOf(findings));
  }

  /** The stored plan, if the catalogues still say the same; else a new one, if it is allowed. */
  Plan planOf(Migration migration, RealmSession source, RealmSession target) {
    Optional<Plan> stored = store.plan(migration).map(Plan::fromJson);
    if (stored.isEmpty()) {
      Plan plan =
          assess(migration.tenant(), migration.source(), source, migration.target(), target)
              .allowedPlan();
      store.keepPlan(migration, plan.toJson(), plan.fingerprint());
      return plan;
    }
    requireUnchanged(migration, stored.get(), source, target);
    return stored.get();
  }

  /**
   * Makes sure that the tables are still those of the plan.
   *
   * @throws WrongState if they are not
   */
  void requireUnchanged(Migration migration, Plan plan, RealmSession source, RealmSession target) {
    Planner planner =
        new Planner(source, migration.source(), target, migration.target(), config.tables());
    Plan now = planner.plan(migration.tenant(), plan.foreignKeysDeferred());
    boolean refused = !new Assessment(now, planner.findings()).allowed();
    if (refused || !now.fingerprint().equals(plan.fingerprint())) {
      throw new WrongState(
          "the tables or their configuration have changed since "
              + migration
              + " was started; undo the change, or roll back and schedule again");
    }
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
