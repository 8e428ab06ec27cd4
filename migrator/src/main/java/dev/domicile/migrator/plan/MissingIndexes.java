package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Partitions;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.sql.Identifiers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds tables in which a tenant's rows can only be found by reading those of others: no index
 * begins with the columns of the tenant path, or with those of a foreign key that is looked up when
 * rows are deleted, or the server knows nothing of what the columns hold. Where that costs little,
 * it is only noted.
 */
final class MissingIndexes {
  /** A smaller table is read faster than its index. */
  private static final long SMALL = 1L << 20;

  /** A table that is no larger than a chunk is read as a whole by its only chunk. */
  private static final long LARGE = 16L << 20;

  /** How many pairs of rows a server compares in a minute or two. */
  private static final double MANY_PAIRS = 1e9;

  private static final String SIZES =
      """
      SELECT n.nspname, c.relname, c.relkind = 'p' AS partitioned, stored.bytes, stored.rows
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (
          SELECT coalesce(sum(size), 0)::bigint AS bytes,
                 -- Of a table that was never analyzed the size alone is known.
                 coalesce(sum(CASE WHEN part.reltuples < 0 THEN size / 100 ELSE part.reltuples END), 0) AS rows
          FROM %s AS part CROSS JOIN LATERAL pg_relation_size(part.oid) AS size
          WHERE part.relkind <> 'p') AS stored
      WHERE {tables}
      """
          .formatted(Partitions.classes("c.oid"));
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
  private static final String UNKNOWN =
      """
      SELECT DISTINCT n.nspname, c.relname
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL %s AS leaf
      JOIN pg_namespace ln ON ln.oid = leaf.relnamespace
      WHERE {tables} AND pg_relation_size(leaf.oid) >= %d AND NOT EXISTS (
          SELECT FROM pg_stats s WHERE s.schemaname = ln.nspname AND s.tablename = leaf.relname)
      """
          .formatted(Partitions.classes("c.oid"), SMALL);

  private final TableFacts facts;
  private final Plan plan;
  private final Map<TableName, Size> sizes = new HashMap<>();
  private final Map<TableName, List<List<String>>> indexes = new HashMap<>();
  private final List<Finding> findings = new ArrayList<>();

  private MissingIndexes(TableFacts facts, Plan plan) {
    this.facts = facts;
    this.plan = plan;
  }

  static List<Finding> find(TableFacts facts, Plan plan) {
    MissingIndexes missing = new MissingIndexes(facts, plan);
    missing.read();
    plan.tables().stream()
        .filter(table -> missing.sizes.containsKey(table.name()))
        .forEach(missing::check);
    missing.checkStatistics();
    return missing.findings;
  }

  private void read() {
    facts
        .query(
            SIZES,
            row ->
                new Size(
                    TableFacts.table(row),
                    row.getLong("bytes"),
                    row.getDouble("rows"),
                    row.getBoolean("partitioned")))
        .forEach(size -> sizes.put(size.table(), size));
    facts
        .query(INDEXES, row -> Map.entry(TableFacts.table(row), columns(row)))
        .forEach(
            index ->
                indexes
                    .computeIfAbsent(index.getKey(), name -> new ArrayList<>())
                    .add(index.getValue()));
  }

  private void check(TablePlan table) {
    Size size = size(table.name());
    Set<List<String>> ways = new LinkedHashSet<>(ways(table.path()));
    ways.stream()
        .filter(way -> !leads(table, way))
        .forEach(
            way ->
                add(
                    table,
                    size.bytes() >= LARGE || isSlowToDelete(table, way),
                    way,
                    "by which the tenant's rows are found, so that each chunk reads those of all"
                        + " tenants"));
    for (ForeignKey key : table.references()) {
      if (plan.moves(key.referenced()) && ways.add(key.columns()) && !leads(table, key.columns())) {
        add(
            table,
            isSlowToDelete(table, key.columns()),
            key.columns(),
            "for this foreign key, so that each row of the other table that a rollback or a purge"
                + " deletes is looked for in all of this one");
      }
    }
  }

  /** Whether each row that a foreign key of these columns refers to is looked for in many rows. */
  private boolean isSlowToDelete(TablePlan table, List<String> columns) {
    return table.references().stream()
        .filter(key -> key.columns().equals(columns))
        .anyMatch(key -> size(table.name()).rows() * size(key.referenced()).rows() >= MANY_PAIRS);
  }

  private Size size(TableName table) {
    return sizes.getOrDefault(table, new Size(table, 0, 0, false));
  }

  private static List<List<String>> ways(TenantPath path) {
    return path instanceof TenantPath.ByColumn owner
        ? List.of(List.of(owner.column()))
        : path.parentPaths().stream().map(TenantPath.ByParent::columns).toList();
  }

  private boolean leads(TablePlan table, List<String> way) {
    return indexes.getOrDefault(table.name(), List.of()).stream()
        .filter(index -> index.size() >= way.size())
        .anyMatch(index -> new HashSet<>(index.subList(0, way.size())).containsAll(way));
  }

  private static List<String> columns(ResultSet row) throws SQLException {
    return Arrays.asList((String[]) row.getArray("columns").getArray());
  }

  private void add(TablePlan table, boolean costly, List<String> way, String what) {
    Size size = size(table.name());
    if (!costly && size.bytes() < SMALL) {
      return;
    }
    Set<String> indexed = new LinkedHashSet<>(way);
    if (table.path() instanceof TenantPath.ByColumn owner && way.equals(List.of(owner.column()))) {
      // So a chunk is one range of the index.
      indexed.addAll(table.keyNames());
    }
    findings.add(
        new Finding(
            costly ? Finding.Severity.WARNING : Finding.Severity.NOTE,
            "no-index",
            table.name() + " (" + String.join(", ", way) + ")",
            "has no index in " + facts.realm() + " " + what,
            "CREATE INDEX %sON %s (%s)"
                .formatted(
                    // A partitioned table has no such index.
                    size.partitioned() ? "" : "CONCURRENTLY ",
                    table.name().sql(),
                    Identifiers.quoteAll(List.copyOf(indexed)))));
  }

  /** Without statistics a tenant's share of a table is guessed, and the table read for it. */
  private void checkStatistics() {
    facts
        .query(UNKNOWN, TableFacts::table)
        .forEach(
            name ->
                findings.add(
                    Finding.note(
                        "no-statistics",
                        name.toString(),
                        "was never analyzed in "
                            + facts.realm()
                            + ", so that the server may read the rows of all tenants to find those"
                            + " of one",
                        "ANALYZE " + name.sql())));
  }

  /**
   * How large a table is.
   *
   * @param rows by the server's statistics
   */
  private record Size(TableName table, long bytes, double rows, boolean partitioned) {}
}
