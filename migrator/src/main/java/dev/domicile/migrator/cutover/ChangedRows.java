package dev.domicile.migrator.cutover;

import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL that takes changed rows of one table along. What one end reads of the noted keys goes
 * into a temporary table of the other, a line for each key: the row as text, or null if it is gone
 * or no longer the tenant's.
 *
 * <p>All of it looks rows up by their key, and asks of each row whose it is; the time that it takes
 * depends on how many keys there are, not on the size of a table.
 */
final class ChangedRows {
  /** The temporary table, for all tables together. */
  static final String STAGED = StagedRow.TABLE;

  /** The kind of check that tells how far a sequence has to be. */
  static final String SEQUENCE = "sequence";

  /** The kind of check that finds references to nothing. */
  static final String DANGLING = "dangling";

  private final TablePlan table;
  private final TenantRows rows;
  private final TenantRows all;
  private final int number;
  private final StagedRow staged;
  private final boolean late;

  /** Whether a changed row is deleted and written anew, since foreign keys are not checked. */
  private final boolean renew;

  /**
   * The rows of one table.
   *
   * @param number the table's number in the temporary table
   * @param late whether references that close a circle are taken along, where foreign keys are
   *     checked
   */
  ChangedRows(Plan plan, TablePlan table, int number, boolean late) {
    this.table = table;
    this.number = number;
    this.late = late;
    // So rows can exchange values of a unique index.
    this.renew = plan.foreignKeysDeferred();
    this.all = new TenantRows(plan, table);
    this.rows = late || renew ? all : all.withoutLate();
    this.staged = new StagedRow(table, rows, number);
  }

  /** The rows, as they are taken along. */
  TenantRows rows() {
    return rows;
  }

  /** Creates the temporary table. */
  static String createStaged() {
    return "CREATE TEMPORARY TABLE IF NOT EXISTS domicile_changes (tab int, key text[], row text)"
        + " ON COMMIT DELETE ROWS";
  }

  /** Creates the type that a staged row is read as. */
  String createType() {
    return "CREATE TEMPORARY TABLE IF NOT EXISTS %s AS SELECT %s FROM %s WITH NO DATA"
        .formatted(staged.type(), all.columns(), all.from());
  }

  /** Lists the keys of all rows that leave in the range; of a table with a key. */
  String keys(KeyRange range) {
    return "SELECT %s AS key FROM %s WHERE %s"
        .formatted(staged.key(), rows.from(), rows.leaving().where(range));
  }

  /** Adds the keys of rows in the range that only this end holds; of a table with a key. */
  String stageWhatIsGone(KeyRange range) {
    return byContent(
        "INSERT INTO %1$s SELECT %2$d, %3$s, NULL FROM %4$s WHERE %5$s AND NOT EXISTS (SELECT FROM %1$s AS c WHERE c.tab = %2$d AND %6$s)"
            .formatted(
                STAGED, number, staged.key(), rows.from(), rows.where(range), staged.isKey()));
  }

  /** Reads what has become of the keys that a query lists; of a table without a key, all rows. */
  String read(String keys) {
    String leaving = StagedRow.rowText(rows.leaving());
    return table.key().isEmpty()
        ? "SELECT %d, '{}'::text[], %s FROM %s WHERE %s"
            .formatted(number, leaving, rows.from(), rows.where())
        : "SELECT %d, %s, (SELECT %s FROM %s WHERE %s) FROM (%s) AS c"
            .formatted(
                number, staged.leavingKey(), leaving, rows.from(), staged.isOwnRowOfKey(), keys);
  }

  /** Opens the circles that rows to be deleted are part of. */
  List<String> unlink() {
    if (renew || table.lateNames().isEmpty()) {
      return List.of();
    }
    List<String> late = table.lateNames().stream().map(Identifiers::quote).toList();
    return List.of(
        "UPDATE %s SET %s FROM %s AS c WHERE c.tab = %d AND c.row IS NULL AND %s"
            .formatted(
                rows.from(),
                String.join(" = NULL, ", late) + " = NULL",
                STAGED,
                number,
                staged.isOwnRowOfKey()));
  }

  /** Deletes what is gone. */
  String delete() {
    if (table.key().isEmpty()) {
      return byContent(keyless().delete());
    }
    String gone = renew ? "c.row IS DISTINCT FROM " + staged.rowText() : "c.row IS NULL";
    return "DELETE FROM %s USING %s AS c WHERE c.tab = %d AND %s AND %s"
        .formatted(rows.from(), STAGED, number, staged.isOwnRowOfKey(), gone);
  }

  /** Adds what is new; references that close a circle come later. */
  String add() {
    if (table.key().isEmpty()) {
      return byContent(keyless().insert());
    }
    return "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM (%s AND NOT EXISTS (SELECT FROM %s WHERE %s) OFFSET 0) AS c"
        .formatted(
            table.name().sql(),
            Identifiers.quoteAll(table.columnNames()),
            table.columns().stream()
                .map(c -> c.late() && !renew ? "NULL" : "(c.parsed)." + Identifiers.quote(c.name()))
                .collect(Collectors.joining(", ")),
            staged.parsed(""),
            rows.from(),
            staged.isKey());
  }

  /** Changes what has changed, but for references that close a circle. */
  List<String> update() {
    return update(false);
  }

  /** Changes what has changed, those references too. */
  List<String> updateLate() {
    return table.lateNames().isEmpty() || !late ? List.of() : update(true);
  }

  private List<String> update(boolean withLate) {
    List<String> assignable =
        table.columns().stream()
            .filter(c -> !c.identityAlways() && !table.keyNames().contains(c.name()))
            .filter(c -> withLate || !c.late())
            .map(PlannedColumn::name)
            .map(Identifiers::quote)
            .toList();
    if (renew || table.key().isEmpty() || assignable.isEmpty()) {
      return List.of();
    }
    return List.of(
        "UPDATE %s SET %s FROM (%s OFFSET 0) AS c WHERE %s AND c.row IS DISTINCT FROM %s"
            .formatted(
                rows.from(),
                assignable.stream()
                    .map(c -> c + " = (c.parsed)." + c)
                    .collect(Collectors.joining(", ")),
                staged.parsed("c.key, c.row, "),
                staged.isOwnRowOfKey(),
                staged.rowText()));
  }

  /**
   * Looks whether that has worked; see {@link ChangeChecks#all}.
   *
   * @param complete whether all that the rows refer to must be there
   */
  List<String> checks(boolean complete) {
    // Where foreign keys are checked, the server has done that.
    return new ChangeChecks(staged).all(renew && complete);
  }

  private KeylessRows keyless() {
    return new KeylessRows(
        rows, table, "(SELECT (c.parsed).* FROM (%s OFFSET 0) AS c)".formatted(staged.parsed("")));
  }

  /** Rows without a key are compared by what they hold, all with all. */
  private static String byContent(String statement) {
    return "SET LOCAL enable_hashjoin = on; " + statement + "; SET LOCAL enable_hashjoin = off";
  }
}
