package dev.domicile.migrator.cutover;

import static dev.domicile.migrator.cutover.ChangedRows.DANGLING;
import static dev.domicile.migrator.cutover.ChangedRows.SEQUENCE;

import dev.domicile.migrator.plan.FedColumn;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;

/** The SQL that looks whether changed rows of one table have arrived as they are. */
final class ChangeChecks {
  private final StagedRow staged;
  private final TablePlan table;
  private final TenantRows rows;

  ChangeChecks(StagedRow staged) {
    this.staged = staged;
    this.table = staged.table();
    this.rows = staged.rows();
  }

  /**
   * For each kind of mistake in how many rows it is; for each sequence the highest value that has
   * arrived, or null.
   *
   * @param references whether all that the rows refer to must be there, unchecked by the server
   */
  List<String> all(boolean references) {
    List<String> checks = new ArrayList<>();
    checks.add(check("differ", "", table.key().isEmpty() ? contentDiffers() : rowsDiffer()));
    if (references) {
      table.references().forEach(reference -> checks.add(dangling(reference)));
    }
    for (PlannedColumn column : table.columns()) {
      if (FedColumn.isFed(column)) {
        checks.add(
            check(
                SEQUENCE,
                String.valueOf(column.sequence()),
                "SELECT max(t.%s)::bigint FROM %s"
                    .formatted(Identifiers.quote(column.name()), arrived())));
      }
    }
    return checks;
  }

  private String rowsDiffer() {
    return "SELECT count(*) FROM %s AS c WHERE c.tab = %d AND c.row IS DISTINCT FROM (SELECT %s FROM %s WHERE %s)"
        .formatted(
            StagedRow.TABLE,
            staged.number(),
            staged.rowText(),
            rows.from(),
            staged.isOwnRowOfKey());
  }

  private String contentDiffers() {
    String changed =
        "SELECT c.row FROM %s AS c WHERE c.tab = %d".formatted(StagedRow.TABLE, staged.number());
    String stored =
        "SELECT %s FROM %s WHERE %s".formatted(staged.rowText(), rows.from(), rows.where());
    return "SELECT count(*) FROM ((%1$s EXCEPT ALL %2$s) UNION ALL (%2$s EXCEPT ALL %1$s)) AS q"
        .formatted(changed, stored);
  }

  /** The rows that were taken along, as they are stored now. */
  private String arrived() {
    return table.key().isEmpty()
        ? rows.from() + " WHERE " + rows.where()
        : "%s AS c, %s WHERE c.tab = %d AND %s"
            .formatted(StagedRow.TABLE, rows.from(), staged.number(), staged.isOwnRowOfKey());
  }

  private String dangling(ForeignKey reference) {
    return check(
        DANGLING,
        reference.name(),
        "SELECT count(*) FROM %s AND %s AND NOT EXISTS (SELECT FROM %s AS r WHERE %s)"
            .formatted(
                arrived(),
                reference.refers("t"),
                reference.referenced().sql(),
                reference.refersTo("t", "r")));
  }

  private String check(String kind, String subject, String query) {
    return "SELECT %d, '%s', %s, (%s)"
        .formatted(staged.number(), kind, Identifiers.literal(subject), query);
  }
}
