package dev.domicile.migrator;

import dev.domicile.migrator.plan.IdBlocks;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.PlanDiff;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.Preflight;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a move before it is made: what would move, and what speaks against it. It only reads.
 */
final class Assessor {
  /** Below this many bytes nobody has to look at a disk. */
  private static final long LITTLE = 16L << 20;

  /** Nobody has to hear of a transaction that is not as large as so many chunks. */
  private static final long MANY_CHUNKS = 16;

  private final MigratorConfig config;

  Assessor(MigratorConfig config) {
    this.config = config;
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

  /** The same over two sessions outside any transaction. */
  Assessment assess(
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
              "make one of the references DEFERRABLE in both realms, or let it be null, or "
                  + Preflight.grantIn(from)));
    }
    if (new Assessment(plan, findings).allowed()) {
      // Rows of tables that do not fit cannot be compared.
      IdBlocks blocks = new IdBlocks(source, target, planner.source(), plan);
      Plan moved = blocks.look();
      findings.addAll(blocks.findings());
      findings.addAll(blocks.rooms());
      Map<TableName, Long> sizes = Forecaster.sizes(source, plan);
      if (blocks.findings().isEmpty()) {
        findings.addAll(new RowChecks(config, planner, source, target, moved).run(sizes));
      }
      room(target, plan, Forecaster.sum(sizes)).ifPresent(findings::add);
      findings.addAll(largeTransactions(plan, sizes));
    }
    return new Assessment(plan, List.copyOf(findings));
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

  /** A copy that dies begins each of its transactions anew. */
  private List<Finding> largeTransactions(Plan plan, Map<TableName, Long> sizes) {
    return plan.inOneTransaction().stream()
        .flatMap(
            tables -> {
              long bytes = tables.stream().mapToLong(sizes::get).sum();
              return bytes / MANY_CHUNKS < config.copy().chunkBytes()
                  ? Stream.<Finding>empty()
                  : Stream.of(
                      Finding.note(
                          "large-transaction",
                          tables.stream().map(Object::toString).collect(Collectors.joining(", ")),
                          "about %d MiB refer to each other, and where foreign keys are checked row by row they are copied in one transaction, which begins anew if it dies"
                              .formatted(bytes >> 20),
                          Preflight.grantIn(new Realm(plan.target()))));
            })
        .toList();
  }

  /** How full the target's disk is cannot be seen without rights that a managed server keeps. */
  private static Optional<Finding> room(RealmSession target, Plan plan, long bytes) {
    long there = target.number("SELECT pg_database_size(current_database())");
    return bytes < LITTLE || bytes < there / 10
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
}
