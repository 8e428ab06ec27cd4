package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks at the rows of both realms before anything is written: whether the target is free of the
 * tenant, whether a key is taken there, whether what the rows refer to is there.
 */
public final class Preflight {
  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;

  /** Looks over the two sessions, outside any transaction. */
  public Preflight(RealmSession source, RealmSession target, Plan plan) {
    this.source = source;
    this.target = target;
    this.plan = plan;
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

  /** Makes all checks, and returns all findings at once. */
  public List<Finding> check(Catalog sourceCatalog, Catalog targetCatalog) {
    LentRows lent = new LentRows(source, target);
    CollisionCheck collisions = new CollisionCheck(target, lent, plan);
    ReferenceCheck references =
        new ReferenceCheck(target, lent, plan, sourceCatalog, targetCatalog);
    List<Finding> findings = new ArrayList<>();
    for (TablePlan table : plan.tables()) {
      if (tenantIsThere(table)) {
        findings.add(
            Finding.error(
                "tenant-is-there",
                table.name().toString(),
                plan.target() + " already holds rows of tenant '" + plan.tenant() + "'",
                "go on with an open migration, or purge the old copy"));
      } else {
        collisions.check(table, targetCatalog.table(table.name()).orElseThrow());
        references.check(table);
      }
    }
    findings.addAll(collisions.findings());
    findings.addAll(references.findings());
    return findings;
  }

  private boolean tenantIsThere(TablePlan table) {
    TenantRows rows = new TenantRows(plan, table);
    return target.test(
        "SELECT EXISTS (SELECT FROM %s WHERE %s)".formatted(rows.from(), rows.where()));
  }
}
