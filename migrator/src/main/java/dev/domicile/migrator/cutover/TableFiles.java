package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.FENCE_TABLE;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What files a table with its partitions consists of, and consisted of when that was last
 * remembered. A statement that rewrites a table, or swaps a partition, fires no trigger, but gives
 * it other files.
 */
final class TableFiles {
  private final RealmSession session;
  private final Migration migration;

  TableFiles(RealmSession session, Migration migration) {
    this.session = session;
    this.migration = migration;
  }

  /** Tables and their partitions, as numbers of the catalogue. */
  static List<String> relations(RealmSession session, Stream<TableName> tables) {
    String all = tables.map(TableFiles::query).collect(Collectors.joining(" UNION "));
    return all.isEmpty()
        ? List.of()
        : session.query(
            "SELECT relid::oid::text FROM (%s) AS r".formatted(all), row -> row.getString(1));
  }

  /** Whether the table consists of what was remembered. */
  boolean areThoseRemembered(TableName table) {
    Optional<String[]> remembered =
        session.domicile(
            query ->
                query
                    .select(FENCE_TABLE.RELATIONS)
                    .from(FENCE_TABLE)
                    .where(
                        FENCE_TABLE.MIGRATION_ID.eq(migration.id()),
                        FENCE_TABLE.TABLE_NAME.eq(table.toString()))
                    .fetchOptional(FENCE_TABLE.RELATIONS));
    return remembered.map(Arrays::asList).equals(Optional.of(now(table)));
  }

  /** Remembers what the table consists of, unless that was done before. */
  void remember(TableName table) {
    remember(table, false);
  }

  /** Remembers what the table consists of now. */
  void rememberAnew(TableName table) {
    remember(table, true);
  }

  private void remember(TableName table, boolean anew) {
    String[] files = now(table).toArray(String[]::new);
    session.domicile(
        query -> {
          var row =
              query
                  .insertInto(FENCE_TABLE)
                  .set(FENCE_TABLE.MIGRATION_ID, migration.id())
                  .set(FENCE_TABLE.TABLE_NAME, table.toString())
                  .set(FENCE_TABLE.RELATIONS, files)
                  .onConflict(FENCE_TABLE.MIGRATION_ID, FENCE_TABLE.TABLE_NAME);
          return anew
              ? row.doUpdate().set(FENCE_TABLE.RELATIONS, files).execute()
              : row.doNothing().execute();
        });
  }

  private List<String> now(TableName table) {
    return session.query(
        "SELECT relid::oid || ':' || coalesce(pg_relation_filenode(relid), 0) FROM %s AS r ORDER BY relid::oid"
            .formatted(query(table)),
        row -> row.getString(1));
  }

  /** A query for the table and its partitions, whose only column is {@code relid}. */
  static String query(TableName table) {
    String name = Identifiers.literal(table.sql());
    return "(SELECT relid FROM pg_partition_tree(%s) UNION SELECT %s::regclass)"
        .formatted(name, name);
  }
}
