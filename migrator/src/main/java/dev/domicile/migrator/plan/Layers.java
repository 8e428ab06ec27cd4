package dev.domicile.migrator.plan;

import dev.domicile.migrator.schema.TableName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Tables in layers: each lies above all that it needs. Tables that need each other in a circle, and
 * those above them, lie in none.
 */
final class Layers {
  private final Map<TableName, Integer> layers = new LinkedHashMap<>();
  private final List<TableName> rest;

  Layers(Map<TableName, Set<TableName>> needs) {
    Map<TableName, Set<TableName>> open = new TreeMap<>(needs);
    boolean found = true;
    for (int layer = 0; found; layer++) {
      List<TableName> ready =
          open.entrySet().stream()
              .filter(entry -> layers.keySet().containsAll(entry.getValue()))
              .map(Map.Entry::getKey)
              .toList();
      for (TableName name : ready) {
        layers.put(name, layer);
        open.remove(name);
      }
      found = !ready.isEmpty();
    }
    rest = List.copyOf(open.keySet());
  }

  /** The layer of each table, the lowest first. */
  Map<TableName, Integer> layers() {
    return layers;
  }

  /** The tables without a layer, by name. */
  List<TableName> rest() {
    return rest;
  }
}
