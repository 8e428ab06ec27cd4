package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.Partitions;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What one look at the catalogue says of a table's {@link Gate}.
 *
 * @param table whose
 * @param stands whether all triggers are there and fire, on partitions that were added too
 * @param bare whether none is there, and the table has no partitions that could hold one
 * @param remembered whether it was ever said what files the table consists of
 * @param asRemembered whether it still consists of those
 */
record Standing(
    TableName table, boolean stands, boolean bare, boolean remembered, boolean asRemembered) {

  /** Looks at all of the tables at once. */
  static List<Standing> look(RealmSession session, Migration migration, List<TablePlan> tables) {
    if (tables.isEmpty()) {
      return List.of();
    }
    Map<String, TableName> names =
        tables.stream()
            .map(TablePlan::name)
            .collect(Collectors.toMap(TableName::toString, name -> name));
    return session.query(
        """
        SELECT t.name, bool_and(r.raised = %4$d) AS stands,
               bool_and(r.raised + r.down = 0) AND count(*) = 1 AND NOT bool_or(r.partitioned) AS bare,
               f.relations IS NOT NULL AS remembered,
               coalesce(array_agg(r.file ORDER BY r.oid) = f.relations, false) AS as_remembered
        FROM (VALUES %1$s) AS t (name, quoted)
        CROSS JOIN LATERAL (
          SELECT q.oid, %2$s AS file, q.relkind = 'p' AS partitioned,
                 (SELECT count(*) FROM pg_trigger
                  WHERE tgrelid = q.oid AND tgname IN (%3$s) AND tgenabled = 'A') AS raised,
                 (SELECT count(*) FROM pg_trigger
                  WHERE tgrelid = q.oid AND tgname IN (%3$s) AND tgenabled <> 'A') AS down
          FROM %5$s AS q) AS r
        LEFT JOIN domicile.fence_table AS f ON f.migration_id = %6$d AND f.table_name = t.name
        GROUP BY t.name, f.relations
        """
            .formatted(
                names.values().stream()
                    .map(
                        name ->
                            "(%s, %s)"
                                .formatted(
                                    Identifiers.literal(name.toString()),
                                    Identifiers.literal(name.sql())))
                    .collect(Collectors.joining(", ")),
                TableFiles.file("q.oid"),
                Gate.EVENTS.stream()
                    .map(event -> Identifiers.literal(Gate.triggers(migration) + event))
                    .collect(Collectors.joining(", ")),
                Gate.EVENTS.size(),
                Partitions.classes("t.quoted"),
                migration.id()),
        row -> standing(names, row));
  }

  private static Standing standing(Map<String, TableName> names, ResultSet row)
      throws SQLException {
    return new Standing(
        Objects.requireNonNull(names.get(row.getString("name"))),
        row.getBoolean("stands"),
        row.getBoolean("bare"),
        row.getBoolean("remembered"),
        row.getBoolean("as_remembered"));
  }
}
