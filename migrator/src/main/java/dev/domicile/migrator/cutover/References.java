package dev.domicile.migrator.cutover;

import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.session.RealmSession;
import java.util.Map;

/** Checks by set the foreign keys that the copy did not check row by row. */
public final class References {
  private final Plan plan;

  /** Of the tenant's rows at the target. */
  public References(Plan plan) {
    this.plan = plan;
  }

  /**
   * Checks all of them, if the copy left them unchecked. A reference that leads a row to its tenant
   * needs no check: a row whose parent is not there is not one of the tenant's, and its chunk was
   * found to differ.
   *
   * @throws VerificationFailed if a row refers to one that is not there
   */
  public void check(Workers workers) {
    if (!plan.foreignKeysDeferred()) {
      return;
    }
    workers.forEach(
        plan.tables().stream()
            .flatMap(
                table ->
                    table.references().stream()
                        .filter(reference -> !table.isPath(reference))
                        .map(reference -> Map.entry(table, reference)))
            .toList(),
        (source, target, each) ->
            target.transaction(
                () -> {
                  if (workers.jobs() > 1) {
                    target.allowHelper();
                  }
                  return check(target, each.getKey(), each.getValue());
                }));
  }

  private boolean check(RealmSession target, TablePlan table, ForeignKey reference) {
    TenantRows rows = new TenantRows(plan, table);
    long dangling =
        target.number(
            "SELECT count(*) FROM %s WHERE %s AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)"
                .formatted(
                    rows.from(),
                    rows.where(),
                    reference.refers("t"),
                    reference.referenced().sql(),
                    reference.refersTo("t", "p")));
    if (dangling > 0) {
      throw new VerificationFailed(
          dangling
              + " rows of "
              + table.name()
              + " refer over "
              + reference.name()
              + " to rows that are not in "
              + plan.target()
              + "; load those, or roll back");
    }
    return true;
  }
}
