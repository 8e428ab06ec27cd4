package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.TableName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Finds large tables in which a tenant's rows can only be found by reading those of others: no
 * index begins with the columns of the tenant path.
 */
final class MissingIndexes {
  /** A smaller table is read faster than its index. */
  private static final long SMALL = 1L << 20;

  private static final String SIZES =
      """
      SELECT n.nspname, c.relname, (
          SELECT sum(pg_relation_size(r.relid)) FROM (
              SELECT relid FROM pg_partition_tree(c.oid) UNION SELECT c.oid) AS r (relid))::bigint AS bytes
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {tables}
      """;
  private static final String INDEXES =
      """
      SELECT n.nspname, c.relname,
             ARRAY(SELECT coalesce(a.attname, '')::text
                   FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, ord)
                   LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
                   WHERE u.ord <= i.indnkeyatts ORDER BY u.ord) AS columns
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_am am ON am.oid = x.relam
      WHERE {tables} AND i.indisvalid AND i.indpred IS NULL AND am.amname IN ('btree', 'hash')
      """;

  private MissingIndexes() {}

  static List<Finding> find(TableFacts facts, Plan plan) {
    Map<TableName, Long> sizes = new HashMap<>();
    facts.query(SIZES, row -> sizes.put(TableFacts.table(row), row.getLong("bytes")));
    Map<TableName, List<List<String>>> indexes = new HashMap<>();
    facts.query(
        INDEXES,
        row ->
            indexes
                .computeIfAbsent(TableFacts.table(row), name -> new ArrayList<>())
                .add(columns(row)));
    List<Finding> findings = new ArrayList<>();
    for (TablePlan table : plan.tables()) {
      if (sizes.getOrDefault(table.name(), 0L) >= SMALL) {
        ways(table.path()).stream()
            .filter(way -> !leads(indexes.getOrDefault(table.name(), List.of()), way))
            .forEach(way -> findings.add(finding(facts, table, way)));
      }
    }
    return findings;
  }

  private static List<List<String>> ways(TenantPath path) {
    return path instanceof TenantPath.ByColumn owner
        ? List.of(List.of(owner.column()))
        : path.parentPaths().stream().map(TenantPath.ByParent::columns).toList();
  }

  private static boolean leads(List<List<String>> indexes, List<String> way) {
    return indexes.stream()
        .filter(index -> index.size() >= way.size())
        .anyMatch(index -> new HashSet<>(index.subList(0, way.size())).containsAll(way));
  }

  private static List<String> columns(ResultSet row) throws SQLException {
    return Arrays.asList((String[]) row.getArray("columns").getArray());
  }

  private static Finding finding(TableFacts facts, TablePlan table, List<String> way) {
    String columns = String.join(", ", way);
    return Finding.warning(
        "no-index",
        table.name() + " (" + columns + ")",
        "has no index in "
            + facts.realm()
            + " by which the tenant's rows are found, so that each chunk reads those of all"
            + " tenants",
        "create an index that begins with " + columns);
  }
}
