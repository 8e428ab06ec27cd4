package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds rows of the tenant for which the target's partitioned table has no partition. */
final class PartitionGaps {
  private static final String CONDITIONS =
      """
      SELECT pg_get_partition_constraintdef(tree.relid)
      FROM pg_partition_tree(%s) AS tree
      JOIN pg_class c ON c.oid = tree.relid
      WHERE tree.isleaf AND c.relispartition
      """;

  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;

  PartitionGaps(RealmSession source, RealmSession target, Plan plan) {
    this.source = source;
    this.target = target;
    this.plan = plan;
  }

  List<Finding> find(List<TablePlan> tables) {
    if (tables.isEmpty()) {
      return List.of();
    }
    Set<String> partitioned =
        Set.copyOf(
            target.query(
                tables.stream()
                    .map(table -> "(" + Identifiers.literal(table.name().sql()) + ")")
                    .collect(
                        Collectors.joining(
                            ", ",
                            "SELECT t.name FROM (VALUES ",
                            ") AS t (name) JOIN pg_partitioned_table ON partrelid = t.name::regclass")),
                row -> row.getString(1)));
    return tables.stream()
        .filter(table -> partitioned.contains(table.name().sql()))
        .flatMap(table -> check(table).stream())
        .toList();
  }

  private Optional<Finding> check(TablePlan table) {
    List<String> conditions =
        target.query(CONDITIONS.formatted(oid(table.name())), row -> row.getString(1));
    // A hash tells nothing outside its own database; a table by hash has all of its partitions.
    if (conditions.stream().anyMatch(c -> c == null || c.contains("satisfies_hash_partition"))) {
      return Optional.empty();
    }
    TenantRows rows = new TenantRows(plan, table);
    String fits = conditions.isEmpty() ? "false" : String.join(" OR ", conditions);
    long lost =
        source.number(
            "SELECT count(*) FROM %s WHERE (%s) IS NOT TRUE"
                .formatted(rows.leaving().asTable(List.of()), fits));
    return lost == 0
        ? Optional.empty()
        : Optional.of(
            Finding.error(
                "no-partition",
                table.name().toString(),
                lost + " of the tenant's rows have no partition in " + plan.target(),
                "add the partitions there"));
  }

  private static String oid(TableName name) {
    return Identifiers.literal(name.sql()) + "::regclass";
  }
}
