package dev.domicile.migrator.cutover;

import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.sql.Identifiers;
import java.util.stream.Collectors;

/**
 * The SQL that brings a table without a key up to date. Its rows can only be told apart by all that
 * they hold, and of equal ones there may be several: the first, second and so on of them are
 * compared.
 */
final class KeylessRows {
  private final TablePlan table;
  private final String stored;
  private final String staged;

  /** The rows of one table, and others that are staged. */
  KeylessRows(TenantRows rows, TablePlan table, String staged) {
    this.table = table;
    this.stored =
        "SELECT t.tableoid AS part, t.ctid AS place, %s FROM %s WHERE %s"
            .formatted(numbered("t"), rows.from(), rows.where());
    this.staged = "SELECT s.*, %s FROM %s AS s".formatted(numbered("s"), staged);
  }

  /** Deletes what the staged rows do not hold. */
  String delete() {
    return "DELETE FROM %s AS t USING (%s) AS x WHERE t.tableoid = x.part AND t.ctid = x.place AND NOT EXISTS (SELECT FROM (%s) AS y WHERE y.domicile_row = x.domicile_row AND y.domicile_n = x.domicile_n)"
        .formatted(table.name().sql(), stored, staged);
  }

  /** Adds what only the staged rows hold. */
  String insert() {
    String columns = Identifiers.quoteAll(table.columnNames());
    return "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM (%s) AS y WHERE NOT EXISTS (SELECT FROM (%s) AS x WHERE x.domicile_row = y.domicile_row AND x.domicile_n = y.domicile_n)"
        .formatted(table.name().sql(), columns, columns, staged, stored);
  }

  private String numbered(String row) {
    String text =
        table.columnNames().stream()
            .map(name -> row + "." + Identifiers.quote(name))
            .collect(Collectors.joining(", ", "ROW(", ")::text COLLATE \"C\""));
    return "%1$s AS domicile_row, row_number() OVER (PARTITION BY %1$s) AS domicile_n"
        .formatted(text);
  }
}
