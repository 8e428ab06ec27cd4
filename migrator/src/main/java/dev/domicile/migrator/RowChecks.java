package dev.domicile.migrator;

import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.Preflight;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The looks at the rows of both realms before a copy, by a plan whose offsets are known. Where the
 * tenant is large they go over as many sessions as the copy has jobs.
 */
final class RowChecks {
  /** Below this many bytes further sessions would take longer to open than the checks. */
  private static final long LITTLE = 16L << 20;

  private final MigratorConfig config;
  private final Planner planner;
  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;

  RowChecks(
      MigratorConfig config, Planner planner, RealmSession source, RealmSession target, Plan plan) {
    this.config = config;
    this.planner = planner;
    this.source = source;
    this.target = target;
    this.plan = plan;
  }

  /**
   * Does all of them.
   *
   * @param sizes about how many bytes the tenant has in each table
   */
  List<Finding> run(Map<TableName, Long> sizes) {
    if (config.copy().jobs() == 1 || Forecaster.sum(sizes) < LITTLE) {
      return Stream.of(true, false)
          .flatMap(references -> look(new Look(plan.tables(), references), source, target).stream())
          .toList();
    }
    try (Workers workers =
        new Workers(
            config.copy().jobs(),
            () -> Realms.open(config, new Realm(plan.source())),
            () -> Realms.open(config, new Realm(plan.target())))) {
      List<List<TablePlan>> tables = workers.several(plan.tables());
      // References first: the check of a large table that refers to itself takes longest.
      List<Look> looks =
          Stream.of(true, false)
              .flatMap(references -> tables.stream().map(some -> new Look(some, references)))
              .toList();
      Map<Look, List<Finding>> found = new ConcurrentHashMap<>();
      workers.forEach(
          looks,
          (from, to, look) ->
              found.put(
                  look,
                  from.transaction(
                      () -> {
                        from.allowHelper();
                        return look(look, from, to);
                      })));
      return looks.stream()
          .flatMap(look -> Objects.requireNonNull(found.get(look)).stream())
          .toList();
    }
  }

  private List<Finding> look(Look look, RealmSession from, RealmSession to) {
    Preflight preflight = new Preflight(from, to, plan);
    return look.references()
        ? preflight.checkReferences(look.tables(), planner.source(), planner.target())
        : preflight.checkKeys(look.tables(), planner.source(), planner.target());
  }

  /** A look at what the rows of some tables refer to, or at their keys. */
  private record Look(List<TablePlan> tables, boolean references) {}
}
