package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.ReferenceOrder.Reference;
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
  private final Catalog target;
  private final Map<TableName, TenantPath> paths;
  private final List<Edge> edges = new ArrayList<>();
  private final Map<TableName, Set<String>> columns = new HashMap<>();

  /**
   * Looks for them.
   *
   * @param catalog that of the source
   * @param target that of the target
   */
  LateReferences(Catalog catalog, Catalog target, Map<TableName, TenantPath> paths) {
    this.catalog = catalog;
    this.target = target;
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

  /** The order of the tables by all other references, and by their paths. */
  ReferenceOrder order() {
    List<Reference> references = new ArrayList<>();
    paths.forEach(
        (name, path) ->
            path.parentPaths()
                .forEach(parent -> references.add(new Reference(name, parent.parent(), false))));
    edges.forEach(
        edge ->
            references.add(
                new Reference(
                    edge.table(), edge.key().referenced(), mayWait(edge.table(), edge.key()))));
    return new ReferenceOrder(paths.keySet(), references);
  }

  /** Whether the check of a foreign key can wait until the commit, in both realms. */
  boolean mayWait(TableName table, ForeignKey key) {
    return key.deferrable()
        && target.table(table).stream()
            .flatMap(there -> there.foreignKeys().stream())
            .filter(key::isLike)
            .allMatch(ForeignKey::deferrable);
  }

  private Optional<Edge> firstInCircle() {
    List<Set<TableName>> circles = order().circles();
    return edges.stream()
        .filter(edge -> !lateColumns(edge).isEmpty())
        .filter(
            edge ->
                circles.stream()
                    .anyMatch(
                        circle ->
                            circle.contains(edge.table())
                                && circle.contains(edge.key().referenced())))
        .findFirst();
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
