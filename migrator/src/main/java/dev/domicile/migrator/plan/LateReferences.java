package dev.domicile.migrator.plan;

import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Opens circles of tables that refer to each other: a reference in each that may be null is written
 * after all rows are, and is taken back before any is deleted.
 */
final class LateReferences {
  private final Catalog catalog;
  private final Map<TableName, TenantPath> paths;
  private final List<Edge> edges = new ArrayList<>();
  private final Map<TableName, Set<String>> columns = new HashMap<>();

  LateReferences(Catalog catalog, Map<TableName, TenantPath> paths) {
    this.catalog = catalog;
    this.paths = paths;
    for (TableName name : paths.keySet()) {
      for (ForeignKey key : table(name).foreignKeys()) {
        if (paths.containsKey(key.referenced()) && !key.referenced().equals(name)) {
          edges.add(new Edge(name, key));
        }
      }
    }
    Optional<Edge> next = firstInCircle();
    while (next.isPresent()) {
      Edge late = next.get();
      edges.remove(late);
      columns.computeIfAbsent(late.table(), name -> new TreeSet<>()).addAll(lateColumns(late));
      next = firstInCircle();
    }
  }

  /** The columns of the table that are written late. */
  Set<String> of(TableName table) {
    return columns.getOrDefault(table, Set.of());
  }

  /** What each table needs to be there first: where its path leads to, and what it refers to. */
  Map<TableName, Set<TableName>> needs() {
    Map<TableName, Set<TableName>> needs = new HashMap<>();
    paths.forEach(
        (name, path) -> {
          Set<TableName> needed = new TreeSet<>();
          path.parentPaths().forEach(parent -> needed.add(parent.parent()));
          needs.put(name, needed);
        });
    edges.forEach(
        edge ->
            needs
                .computeIfAbsent(edge.table(), name -> new TreeSet<>())
                .add(edge.key().referenced()));
    return needs;
  }

  private Optional<Edge> firstInCircle() {
    Map<TableName, Set<TableName>> needs = needs();
    Set<TableName> rest = new HashSet<>(new Layers(needs).rest());
    return edges.stream()
        .filter(edge -> rest.contains(edge.table()) && !lateColumns(edge).isEmpty())
        .filter(edge -> reaches(needs, edge.key().referenced(), edge.table()))
        .findFirst();
  }

  private static boolean reaches(
      Map<TableName, Set<TableName>> needs, TableName from, TableName to) {
    Set<TableName> seen = new HashSet<>(Set.of(from));
    List<TableName> open = new ArrayList<>(seen);
    for (int i = 0; i < open.size(); i++) {
      needs.getOrDefault(open.get(i), Set.of()).stream().filter(seen::add).forEach(open::add);
    }
    return seen.contains(to);
  }

  /** One column that is null is enough to make a reference none, but for MATCH FULL. */
  private List<String> lateColumns(Edge edge) {
    Table table = table(edge.table());
    Set<String> fixed = new HashSet<>();
    table.key().ifPresent(key -> fixed.addAll(key.columns()));
    TenantPath path = paths.get(edge.table());
    if (path instanceof TenantPath.ByColumn owner) {
      fixed.add(owner.column());
    } else if (path != null) {
      path.parentPaths().forEach(parent -> fixed.addAll(parent.columns()));
    }
    Predicate<Column> mayBeNull =
        column -> !column.notNull() && !column.generated() && !fixed.contains(column.name());
    List<String> free =
        edge.key().columns().stream()
            .filter(name -> table.column(name).filter(mayBeNull).isPresent())
            .toList();
    boolean all = free.size() == edge.key().columns().size();
    if (table.key().isEmpty() || free.isEmpty() || (edge.key().matchFull() && !all)) {
      return List.of();
    }
    return edge.key().matchFull() ? free : free.subList(0, 1);
  }

  private Table table(TableName name) {
    return catalog.table(name).orElseThrow();
  }

  private record Edge(TableName table, ForeignKey key) {}
}
