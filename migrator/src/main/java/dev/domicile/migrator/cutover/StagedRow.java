package dev.domicile.migrator.cutover;

import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.sql.Identifiers;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A line {@code c} of the temporary table, and the stored row {@code t} that it stands for, in SQL.
 *
 * @param table the row's table
 * @param rows the rows of that table, as they are taken along
 * @param number the table's number in the temporary table
 */
record StagedRow(TablePlan table, TenantRows rows, int number) {
  /** The temporary table, for all tables together. */
  static final String TABLE = "pg_temp.domicile_changes";

  /** Parsed once for each row, not once for each column. */
  String parsed(String columns) {
    return "SELECT %sCAST(c.row AS pg_temp.%s) AS parsed FROM %s AS c WHERE c.tab = %d AND c.row IS NOT NULL"
        .formatted(columns, type(), TABLE, number);
  }

  /** The stored row as text, as the line has it. */
  String rowText() {
    return rowText(rows);
  }

  static String rowText(TenantRows rows) {
    return "ROW(" + rows.columns() + ")::text COLLATE \"C\"";
  }

  /** The stored row's key, as the line has it. */
  String key() {
    return table.keyNames().stream()
        .map(name -> "t." + Identifiers.quote(name) + "::text")
        .collect(Collectors.joining(", ", "ARRAY[", "]"));
  }

  /** The condition that the stored row has the line's key and is the tenant's. */
  String isOwnRowOfKey() {
    return isKey() + " AND coalesce(" + rows.owned("t") + ", false)";
  }

  /** The condition that the stored row has the line's key. */
  String isKey() {
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

  /** The type that the line's text is read as. */
  String type() {
    return "domicile_row_" + number;
  }

  /** The line's key in the form that it has at the other end. */
  String leavingKey() {
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
}
