package dev.domicile.migrator.cutover;

import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;

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
    List<Unchecked> all =
        plan.tables().stream()
            .flatMap(
                table ->
                    table.references().stream()
                        .filter(reference -> !table.isPath(reference))
                        .map(reference -> new Unchecked(table, reference)))
            .toList();
    workers.forEach(
        workers.several(all),
        (source, target, some) ->
            target.transaction(
                () -> {
                  if (workers.jobs() > 1) {
                    target.allowHelper();
                  }
                  return check(target, some);
                }));
  }

  private record Unchecked(TablePlan table, ForeignKey reference) {}

  private boolean check(RealmSession target, List<Unchecked> some) {
    List<Long> dangling =
        target.onlyRows(some.stream().map(this::dangling).toList(), row -> row.getLong(1));
    for (int i = 0; i < some.size(); i++) {
      if (dangling.get(i) > 0) {
        throw new VerificationFailed(
            dangling.get(i)
                + " rows of "
                + some.get(i).table().name()
                + " refer over "
                + some.get(i).reference().name()
                + " to rows that are not in "
                + plan.target()
                + "; load those, or roll back");
      }
    }
    return true;
  }

  private String dangling(Unchecked of) {
    TenantRows rows = new TenantRows(plan, of.table());
    return "SELECT count(*) FROM %s WHERE %s AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)"
        .formatted(
            rows.from(),
            rows.where(),
            of.reference().refers("t"),
            of.reference().referenced().sql(),
            of.reference().refersTo("t", "p"));
  }
}
