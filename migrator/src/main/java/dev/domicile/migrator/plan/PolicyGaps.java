package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.RowSecurity;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Finds ways past the policies: partitions, policies of the application's own, and views. */
final class PolicyGaps {
  private static final String PARTITIONS =
      """
      SELECT tn.nspname, t.relname, n.nspname AS part_schema, p.relname AS part_name
      FROM pg_class t
      JOIN pg_namespace tn ON tn.oid = t.relnamespace
      CROSS JOIN LATERAL pg_partition_tree(t.oid) AS tree
      JOIN pg_class p ON p.oid = tree.relid
      JOIN pg_namespace n ON n.oid = p.relnamespace
      WHERE t.relkind = 'p' AND NOT t.relispartition AND tree.level > 0 AND p.relkind IN ('r', 'p')
      ORDER BY tree.level, n.nspname, p.relname
      """;
  private static final String POLICIES =
      """
      SELECT n.nspname, c.relname, p.polname, p.polpermissive
      FROM pg_policy p
      JOIN pg_class c ON c.oid = p.polrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      ORDER BY n.nspname, c.relname, p.polname
      """;
  // A view reads with its owner's rights unless it says otherwise; a materialized one has read.
  private static final String VIEWS =
      """
      SELECT DISTINCT vn.nspname AS view_schema, v.relname AS view_name, v.relkind = 'm' AS stored,
             n.nspname, c.relname
      FROM pg_depend d
      JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class v ON v.oid = r.ev_class
      JOIN pg_namespace vn ON vn.oid = v.relnamespace
      JOIN pg_class c ON c.oid = d.refobjid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND v.oid <> c.oid AND v.relkind IN ('v', 'm')
        AND NOT EXISTS (
            SELECT FROM pg_options_to_table(v.reloptions)
            WHERE option_name = 'security_invoker' AND option_value::boolean)
      ORDER BY 1, 2, 4, 5
      """;

  private PolicyGaps() {}

  /** The partitions of each partitioned table, over all levels. */
  static Map<TableName, List<TableName>> partitions(RealmSession session) {
    Map<TableName, List<TableName>> partitions = new TreeMap<>();
    session.query(
        PARTITIONS,
        row ->
            partitions
                .computeIfAbsent(table(row), name -> new ArrayList<>())
                .add(new TableName(row.getString("part_schema"), row.getString("part_name"))));
    return partitions;
  }

  /** What the policies of these tables do not cover. */
  static List<Finding> find(RealmSession session, List<TableName> tables, boolean forced) {
    List<Optional<Finding>> findings = new ArrayList<>();
    findings.addAll(
        session.query(
            POLICIES,
            row -> {
              boolean ours = row.getString("polname").equals(RowSecurity.POLICY);
              if (tables.contains(table(row))) {
                return ours || !row.getBoolean("polpermissive")
                    ? Optional.empty()
                    : Optional.of(open(table(row), row.getString("polname")));
              }
              return ours ? Optional.of(stale(table(row))) : Optional.empty();
            }));
    findings.addAll(
        session.query(
            VIEWS,
            row -> {
              boolean stored = row.getBoolean("stored");
              TableName view =
                  new TableName(row.getString("view_schema"), row.getString("view_name"));
              return tables.contains(table(row)) && (stored || !forced)
                  ? Optional.of(view(view, table(row), stored))
                  : Optional.empty();
            }));
    return findings.stream().flatMap(Optional::stream).toList();
  }

  private static Finding open(TableName table, String policy) {
    return Finding.warning(
        "other-policy",
        table.toString(),
        "has the permissive policy " + policy + ", which shows rows past this one",
        "make it AS RESTRICTIVE, or drop it");
  }

  private static Finding stale(TableName table) {
    return Finding.warning(
        "stale-policy",
        table.toString(),
        "has the policy " + RowSecurity.POLICY + " and belongs to no tenant",
        "run DROP POLICY %s ON %s, and DISABLE ROW LEVEL SECURITY on it"
            .formatted(Identifiers.quote(RowSecurity.POLICY), table.sql()));
  }

  private static Finding view(TableName view, TableName table, boolean stored) {
    return Finding.warning(
        "view-past-policy",
        view.toString(),
        "shows rows of "
            + table
            + (stored ? ", stored without" : " with its owner's rights, past")
            + " the policy",
        stored
            ? "do not grant it to the application's role"
            : "set (security_invoker = true) on it, or do not grant it to the application's role");
  }

  private static TableName table(ResultSet row) throws SQLException {
    return new TableName(row.getString("nspname"), row.getString("relname"));
  }
}
