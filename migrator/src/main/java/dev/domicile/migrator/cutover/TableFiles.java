package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.schema.Partitions;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What files a table with its partitions consists of, and consisted of when that was last
 * remembered. A statement that rewrites a table, or swaps a partition, fires no trigger, but gives
 * it other files; a {@link Standing} tells.
 */
final class TableFiles {
  private TableFiles() {}

  /** Tables and their partitions, as numbers of the catalogue. */
  static List<String> relations(RealmSession session, Stream<TableName> tables) {
    String all =
        tables
            .map(table -> "(" + Identifiers.literal(table.sql()) + ")")
            .collect(Collectors.joining(", "));
    return all.isEmpty()
        ? List.of()
        : session.query(
            "SELECT r.relid::oid::text FROM (VALUES %s) AS t (name) CROSS JOIN LATERAL %s AS r"
                .formatted(all, Partitions.of("t.name")),
            row -> row.getString(1));
  }

  /** The statement that remembers what a table consists of, unless that was done before. */
  static String remember(Migration migration, TableName table) {
    return remember(migration, table, "DO NOTHING");
  }

  /** The statement that remembers what a table consists of now. */
  static String rememberAnew(Migration migration, TableName table) {
    return remember(migration, table, "DO UPDATE SET relations = excluded.relations");
  }

  private static String remember(Migration migration, TableName table, String before) {
    return """
    INSERT INTO domicile.fence_table (migration_id, table_name, relations)
    SELECT %d, %s, array_agg(%s ORDER BY r.relid::oid) FROM %s AS r
    ON CONFLICT (migration_id, table_name) %s
    """
        .formatted(
            migration.id(),
            Identifiers.literal(table.toString()),
            file("r.relid"),
            Partitions.of(table),
            before);
  }

  /** An expression that names a relation and the file that it consists of. */
  static String file(String relation) {
    return "%1$s::oid || ':' || coalesce(pg_relation_filenode(%1$s), 0)".formatted(relation);
  }
}
