package dev.domicile.migrator.cutover;

import dev.domicile.migrator.copy.Sequences;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
  static final String STAGED = "pg_temp.domicile_changes";

  /** The kind of check that tells how far a sequence has to be. */
  static final String SEQUENCE = "sequence";

  /** The kind of check that finds references to nothing. */
  static final String DANGLING = "dangling";

  private final TablePlan table;
  private final TenantRows rows;
  private final TenantRows all;
  private final int number;
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
        .formatted(type(), all.columns(), all.from());
  }

  /** Lists the keys of all rows that leave in the range; of a table with a key. */
  String keys(KeyRange range) {
    return "SELECT %s AS key FROM %s WHERE %s"
        .formatted(key(), rows.from(), rows.leaving().where(range));
  }

  /** Adds the keys of rows in the range that only this end holds; of a table with a key. */
  String stageWhatIsGone(KeyRange range) {
    return byContent(
        "INSERT INTO %1$s SELECT %2$d, %3$s, NULL FROM %4$s WHERE %5$s AND NOT EXISTS (SELECT FROM %1$s AS c WHERE c.tab = %2$d AND %6$s)"
            .formatted(STAGED, number, key(), rows.from(), rows.where(range), isKey()));
  }

  /** Reads what has become of the keys that a query lists; of a table without a key, all rows. */
  String read(String keys) {
    String leaving = rowText(rows.leaving());
    return table.key().isEmpty()
        ? "SELECT %d, '{}'::text[], %s FROM %s WHERE %s"
            .formatted(number, leaving, rows.from(), rows.where())
        : "SELECT %d, %s, (SELECT %s FROM %s WHERE %s) FROM (%s) AS c"
            .formatted(number, leavingKey(), leaving, rows.from(), isOwnRowOfKey(), keys);
  }

  /** The noted key in the form that it has at the other end. */
  private String leavingKey() {
    return table.keyNames().stream().allMatch(name -> table.shift(name) == 0)
        ? "c.key"
        : IntStream.range(0, table.key().size())
            .mapToObj(
                i -> {
                  long shift = table.shift(table.key().get(i).name());
                  return shift == 0
                      ? "c.key[%d]".formatted(i + 1)
                      : "(CAST(c.key[%d] AS bigint) + %d)::text".formatted(i + 1, shift);
                })
            .collect(Collectors.joining(", ", "ARRAY[", "]"));
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
                isOwnRowOfKey()));
  }

  /** Deletes what is gone. */
  String delete() {
    if (table.key().isEmpty()) {
      return byContent(keyless().delete());
    }
    String gone = renew ? "c.row IS DISTINCT FROM " + rowText() : "c.row IS NULL";
    return "DELETE FROM %s USING %s AS c WHERE c.tab = %d AND %s AND %s"
        .formatted(rows.from(), STAGED, number, isOwnRowOfKey(), gone);
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
            parsed(""),
            rows.from(),
            isKey());
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
                parsed("c.key, c.row, "),
                isOwnRowOfKey(),
                rowText()));
  }

  /**
   * Looks whether that has worked: for each kind of mistake in how many rows it is; for each
   * sequence the highest value that has arrived, or null.
   *
   * @param complete whether all that the rows refer to must be there
   */
  List<String> checks(boolean complete) {
    List<String> checks = new ArrayList<>();
    checks.add(check("differ", "", table.key().isEmpty() ? contentDiffers() : rowsDiffer()));
    if (renew && complete) {
      table.references().forEach(reference -> checks.add(dangling(reference)));
    }
    for (PlannedColumn column : table.columns()) {
      if (Sequences.feeds(column)) {
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
        .formatted(STAGED, number, rowText(), rows.from(), isOwnRowOfKey());
  }

  private String contentDiffers() {
    String staged = "SELECT c.row FROM %s AS c WHERE c.tab = %d".formatted(STAGED, number);
    String stored = "SELECT %s FROM %s WHERE %s".formatted(rowText(), rows.from(), rows.where());
    return "SELECT count(*) FROM ((%1$s EXCEPT ALL %2$s) UNION ALL (%2$s EXCEPT ALL %1$s)) AS q"
        .formatted(staged, stored);
  }

  /** The rows that were taken along, as they are stored now. */
  private String arrived() {
    return table.key().isEmpty()
        ? rows.from() + " WHERE " + rows.where()
        : "%s AS c, %s WHERE c.tab = %d AND %s"
            .formatted(STAGED, rows.from(), number, isOwnRowOfKey());
  }

  private String dangling(ForeignKey reference) {
    String present =
        reference.columns().stream()
            .map(c -> "t." + Identifiers.quote(c) + " IS NOT NULL")
            .collect(Collectors.joining(" AND "));
    return check(
        DANGLING,
        reference.name(),
        "SELECT count(*) FROM %s AND %s AND NOT EXISTS (SELECT FROM %s AS r WHERE (%s) = (%s))"
            .formatted(
                arrived(),
                present,
                reference.referenced().sql(),
                columns("r", reference.referencedColumns()),
                columns("t", reference.columns())));
  }

  private String check(String kind, String subject, String query) {
    return "SELECT %d, '%s', %s, (%s)".formatted(number, kind, Identifiers.literal(subject), query);
  }

  /** Parsed once for each row, not once for each column. */
  private String parsed(String columns) {
    return "SELECT %sCAST(c.row AS pg_temp.%s) AS parsed FROM %s AS c WHERE c.tab = %d AND c.row IS NOT NULL"
        .formatted(columns, type(), STAGED, number);
  }

  private KeylessRows keyless() {
    return new KeylessRows(
        rows, table, "(SELECT (c.parsed).* FROM (%s OFFSET 0) AS c)".formatted(parsed("")));
  }

  /** Rows without a key are compared by what they hold, all with all. */
  private static String byContent(String statement) {
    return "SET LOCAL enable_hashjoin = on; " + statement + "; SET LOCAL enable_hashjoin = off";
  }

  private String rowText() {
    return rowText(rows);
  }

  private static String rowText(TenantRows rows) {
    return "ROW(" + rows.columns() + ")::text COLLATE \"C\"";
  }

  private String key() {
    return table.keyNames().stream()
        .map(name -> "t." + Identifiers.quote(name) + "::text")
        .collect(Collectors.joining(", ", "ARRAY[", "]"));
  }

  private String isOwnRowOfKey() {
    return isKey() + " AND coalesce(" + rows.owned("t") + ", false)";
  }

  private String isKey() {
    return IntStream.range(0, table.key().size())
        .mapToObj(
            i ->
                "t.%s = CAST(c.key[%d] AS %s)"
                    .formatted(
                        Identifiers.quote(table.key().get(i).name()),
                        i + 1,
                        table.key().get(i).type()))
        .collect(Collectors.joining(" AND "));
  }

  private String type() {
    return "domicile_row_" + number;
  }

  private static String columns(String row, List<String> names) {
    return names.stream()
        .map(name -> row + "." + Identifiers.quote(name))
        .collect(Collectors.joining(", "));
  }
}
