package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.session.Together;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks at the rows of both realms before anything is written: whether the target is free of the
 * tenant, whether a key is taken there, whether what the rows refer to is there.
 */
public final class Preflight {
  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;
  private final LentRows lent;

  /** Looks over the two sessions, outside any transaction. */
  public Preflight(RealmSession source, RealmSession target, Plan plan) {
    this.source = source;
    this.target = target;
    this.plan = plan;
    this.lent = new LentRows(source, target);
  }

  /** Whether the role may switch off triggers for its own session. */
  public static boolean mayDeferForeignKeys(RealmSession target) {
    try {
      return target.transaction(
          () -> {
            target.execute("SET LOCAL session_replication_role = replica");
            return true;
          });
    } catch (StatementFailed e) {
      if (e.sqlState().equals("42501")) {
        return false;
      }
      throw e;
    }
  }

  /** What lets the role do that, as a cure. */
  public static String grantIn(Realm realm) {
    return "as superuser in "
        + realm
        + " run GRANT SET ON PARAMETER session_replication_role TO the configured user (Postgres 15"
        + " or newer)";
  }

  /**
   * Compares what the catalogues say beside the columns, and looks for what would get in the way.
   */
  public List<Finding> checkSchemas(Planner planner) {
    List<TableName> there =
        plan.tables().stream()
            .map(TablePlan::name)
            .filter(name -> planner.target().table(name).isPresent())
            .toList();
    TableFacts here = new TableFacts(new Realm(plan.source()), source, there);
    TableFacts other = new TableFacts(new Realm(plan.target()), target, there);
    List<Finding> findings = new ArrayList<>();
    findings.addAll(ServerComparison.find(here, other, planner.source(), planner.target()));
    findings.addAll(new TypeComparison(here, other).find(planner.source(), plan));
    findings.addAll(
        new ConstraintComparison(here, other, planner.source(), planner.target()).find());
    findings.addAll(MissingPrivileges.atSource(here));
    findings.addAll(MissingPrivileges.atTarget(other));
    findings.addAll(FiringTriggers.find(other, plan.foreignKeysDeferred()));
    Together.run(
            () -> MissingIndexes.find(here, plan),
            () -> MissingIndexes.find(other, plan),
            Stream::of)
        .forEach(findings::addAll);
    return findings;
  }

  /** Looks whether the target is free of the tenant and of its keys, and has room for its rows. */
  public List<Finding> checkKeys(
      List<TablePlan> tables, Catalog sourceCatalog, Catalog targetCatalog) {
    List<Finding> findings = new ArrayList<>();
    List<TablePlan> free = new ArrayList<>();
    List<Boolean> there = target.haveRows(tables.stream().map(this::rows).toList());
    for (int i = 0; i < tables.size(); i++) {
      if (there.get(i)) {
        findings.add(
            Finding.error(
                "tenant-is-there",
                tables.get(i).name().toString(),
                plan.target() + " already holds rows of tenant '" + plan.tenant() + "'",
                "go on with an open migration, or purge the old copy"));
      } else {
        free.add(tables.get(i));
      }
    }
    CollisionCheck collisions = new CollisionCheck(source, target, lent, plan);
    collisions.check(free, sourceCatalog, targetCatalog);
    findings.addAll(collisions.findings());
    findings.addAll(new PartitionGaps(source, target, plan).find(free));
    findings.addAll(
        new SequenceHeadroom(source, target, new Realm(plan.target()), plan).find(tables));
    return findings;
  }

  /** Looks whether what the tables' rows refer to, and what is not the tenant's, is there. */
  public List<Finding> checkReferences(
      List<TablePlan> tables, Catalog sourceCatalog, Catalog targetCatalog) {
    ReferenceCheck references =
        new ReferenceCheck(source, target, lent, plan, sourceCatalog, targetCatalog);
    references.check(tables);
    return references.findings();
  }

  private String rows(TablePlan table) {
    TenantRows rows = new TenantRows(plan, table);
    return "SELECT FROM %s WHERE %s".formatted(rows.from(), rows.where());
  }
}
