package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.IdBlocks;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.PlanDiff;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.Preflight;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Plans of migrations: made by looking at both realms, kept in the control database. */
final class Plans {
  private static final int NAMED = 10;

  /** Below this many bytes nobody has to look at a disk. */
  private static final long MUCH = 16L << 20;

  private final MigratorConfig config;
  private final MigrationStore store;

  Plans(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
  }

  Assessment assess(TenantId tenant, Realm from, Realm to) {
    return assess(tenant, from, to, null);
  }

  /** Looks at a move by a plan that was saved and perhaps edited; null: by what is found. */
  Assessment assess(TenantId tenant, Realm from, Realm to, @Nullable Plan given) {
    if (OneDatabase.isConfigured(config, from, to)) {
      return new Assessment(
          new Plan(
              tenant.clientKey(),
              from.name(),
              to.name(),
              false,
              List.of(),
              List.of(),
              List.of(),
              false),
          List.of(
              Finding.note(
                  "one-database",
                  "realms." + to,
                  "has the database of " + from + ", so that only the route changes",
                  "give the realms two databases if rows should move")));
    }
    try (RealmSession source = Realms.open(config, from);
        RealmSession target = Realms.open(config, to)) {
      return assess(tenant, from, source, to, target, given);
    }
  }

  private Assessment assess(
      TenantId tenant,
      Realm from,
      RealmSession source,
      Realm to,
      RealmSession target,
      @Nullable Plan given) {
    Planner planner = new Planner(tenant, source, from, target, to, config.tables(), given);
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
    boolean deferred = Preflight.mayDeferForeignKeys(target);
    Plan plan = planner.plan(deferred);
    if (given != null) {
      requireFit(given, plan, planner.findings());
      Planner unguided = new Planner(tenant, source, from, target, to, config.tables(), null);
      plan = given.equals(unguided.plan(deferred)) ? given : given.asEdited();
    }
    Preflight preflight = new Preflight(source, target, plan);
    List<Finding> findings = new ArrayList<>(planner.findings());
    findings.addAll(preflight.checkSchemas(planner));
    findings.addAll(CaptureChoice.of(config.cutover().capture(), source).findings());
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
    if (new Assessment(plan, findings).allowed()) {
      // Rows of tables that do not fit cannot be compared.
      IdBlocks blocks = new IdBlocks(source, target, planner.source(), plan);
      Plan moved = blocks.look();
      findings.addAll(blocks.findings());
      if (blocks.findings().isEmpty()) {
        findings.addAll(checkRows(planner, source, target, moved));
      }
      room(source, target, plan).ifPresent(findings::add);
    }
    return new Assessment(plan, List.copyOf(findings));
  }

  private static List<Finding> checkRows(
      Planner planner, RealmSession source, RealmSession target, Plan plan) {
    return new Preflight(source, target, plan).checkRows(planner.source(), planner.target());
  }

  /** An edited plan must be one that could have been made. */
  private static void requireFit(Plan given, Plan made, List<Finding> findings) {
    if (!given.tenant().equals(made.tenant())
        || !given.source().equals(made.source())
        || !given.target().equals(made.target())) {
      findings.add(
          Finding.error(
              "plan-differs",
              "the plan that was given",
              "is for tenant '"
                  + given.tenant()
                  + "' from "
                  + given.source()
                  + " to "
                  + given.target(),
              "give the plan of this move"));
    }
    PlanDiff.between(given, made)
        .forEach(
            line ->
                findings.add(
                    Finding.error(
                        "plan-differs",
                        "the plan that was given",
                        "does not fit: " + line,
                        "change paths, binary, chunked and leftOut only, or save a plan anew")));
  }

  /** How full the target's disk is cannot be seen without rights that a managed server keeps. */
  private static Optional<Finding> room(RealmSession source, RealmSession target, Plan plan) {
    long bytes = new Forecaster(List.of()).forecast(source, plan, Duration.ZERO).bytes();
    long there = target.number("SELECT pg_database_size(current_database())");
    return bytes < MUCH || bytes < there / 10
        ? Optional.empty()
        : Optional.of(
            Finding.note(
                "disk-room",
                "realms." + plan.target(),
                "has "
                    + (there >> 20)
                    + " MiB and gets about "
                    + (bytes >> 20)
                    + " MiB more, beside the log of writing them; how much room is free cannot be"
                    + " seen from here",
                "look at the free room of the disk before the move"));
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
                assess(
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
            ? checkRows(planner, source, target, reserved)
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
        assess(migration.tenant(), migration.source(), migration.target(), given)
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
