package dev.domicile.migrator.schema;

import dev.domicile.sql.Identifiers;

/** SQL for a table together with its partitions, each of which the catalogue has as a relation. */
public final class Partitions {
  private Partitions() {}

  /** A query for all of them, whose only column is {@code relid}. */
  public static String of(TableName table) {
    return of(Identifiers.literal(table.sql()));
  }

  /** The same for a table that an expression names. */
  public static String of(String table) {
    return "(SELECT relid FROM pg_partition_tree(%1$s::regclass) UNION SELECT %1$s::regclass)"
        .formatted(table);
  }

  /**
   * A query for what {@code pg_class} says of each. The OFFSET keeps the server, which takes every
   * table for one of a thousand partitions, from reading all of {@code pg_class} for each table.
   */
  public static String classes(String table) {
    return "(SELECT c.* FROM %s AS r CROSS JOIN LATERAL (SELECT * FROM pg_class WHERE oid = r.relid OFFSET 0) AS c)"
        .formatted(of(table));
  }
}
