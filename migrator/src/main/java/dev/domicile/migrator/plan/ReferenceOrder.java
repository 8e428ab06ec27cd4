package dev.domicile.migrator.plan;

import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * In which order tables are written so that each row finds those that it refers to; they are
 * deleted in the opposite order. A circle has none, but where the check of one of its references
 * can wait until the commit, its tables can be written together in one transaction.
 */
final class ReferenceOrder {
  private final Map<TableName, Set<TableName>> needs = new TreeMap<>();
  private final Map<TableName, Set<TableName>> neededAtOnce = new TreeMap<>();
  private final List<Set<TableName>> circles;
  private final List<Set<TableName>> together;

  ReferenceOrder(Collection<TableName> tables, Collection<Reference> references) {
    for (TableName table : tables) {
      needs.put(table, new TreeSet<>());
      neededAtOnce.put(table, new TreeSet<>());
    }
    for (Reference reference : references) {
      needs.getOrDefault(reference.from(), new TreeSet<>()).add(reference.to());
      if (!reference.mayWait()) {
        neededAtOnce.getOrDefault(reference.from(), new TreeSet<>()).add(reference.to());
      }
    }
    circles = findCircles();
    together =
        circles.stream().filter(circle -> new Layers(atOnceIn(circle)).rest().isEmpty()).toList();
  }

  /**
   * That rows of one table need rows of another.
   *
   * @param mayWait whether only until the commit
   */
  record Reference(TableName from, TableName to, boolean mayWait) {}

  /** Tables each of which refers to each other, over a detour perhaps; self-references are none. */
  List<Set<TableName>> circles() {
    return circles;
  }

  /** The circles whose tables can be written together in one transaction. */
  List<Set<TableName>> together() {
    return together;
  }

  /** In which order tables are written, those of a transaction one after the other too. */
  Layers inTransaction() {
    Map<TableName, Set<TableName>> left = new HashMap<>();
    needs.forEach(
        (table, needed) -> {
          Set<TableName> first = new TreeSet<>(needed);
          Set<TableName> atOnce = neededAtOnce.getOrDefault(table, Set.of());
          together.stream()
              .filter(circle -> circle.contains(table))
              .forEach(
                  circle ->
                      first.removeIf(other -> circle.contains(other) && !atOnce.contains(other)));
          left.put(table, first);
        });
    return new Layers(left);
  }

  /** In which order transactions write tables: those that are written together are in one layer. */
  Layers transactions() {
    Map<TableName, Set<TableName>> outside = new HashMap<>(needs);
    for (Set<TableName> circle : together) {
      Set<TableName> others = new TreeSet<>();
      circle.forEach(table -> others.addAll(needs.getOrDefault(table, Set.of())));
      others.removeAll(circle);
      circle.forEach(table -> outside.put(table, others));
    }
    return new Layers(outside);
  }

  private Map<TableName, Set<TableName>> atOnceIn(Set<TableName> circle) {
    Map<TableName, Set<TableName>> within = new TreeMap<>();
    for (TableName table : circle) {
      Set<TableName> atOnce = new TreeSet<>(neededAtOnce.getOrDefault(table, Set.of()));
      atOnce.retainAll(circle);
      within.put(table, atOnce);
    }
    return within;
  }

  private List<Set<TableName>> findCircles() {
    Map<TableName, Set<TableName>> reached = new HashMap<>();
    needs.keySet().forEach(table -> reached.put(table, reachedFrom(table)));
    List<Set<TableName>> found = new ArrayList<>();
    Set<TableName> seen = new TreeSet<>();
    for (TableName table : needs.keySet()) {
      Set<TableName> circle = new TreeSet<>();
      for (TableName other : reached.getOrDefault(table, Set.of())) {
        if (reached.getOrDefault(other, Set.of()).contains(table)) {
          circle.add(other);
        }
      }
      if (circle.size() > 1 && seen.addAll(circle)) {
        found.add(circle);
      }
    }
    return found;
  }

  private Set<TableName> reachedFrom(TableName start) {
    Set<TableName> reached = new TreeSet<>();
    List<TableName> open = new ArrayList<>(List.of(start));
    for (int i = 0; i < open.size(); i++) {
      needs.getOrDefault(open.get(i), Set.of()).stream().filter(reached::add).forEach(open::add);
    }
    return reached;
  }
}
