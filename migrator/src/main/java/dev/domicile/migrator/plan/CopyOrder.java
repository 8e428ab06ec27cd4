package dev.domicile.migrator.plan;

import dev.domicile.migrator.schema.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The wave of each table: later than the table that its tenant path leads to and, where the target
 * checks foreign keys at once, later than every table that it refers to.
 */
final class CopyOrder {
  private final Layers layers;

  /** By the paths alone: foreign keys are not checked. */
  CopyOrder(Map<TableName, TenantPath> paths) {
    Map<TableName, Set<TableName>> needs = new TreeMap<>();
    paths.forEach(
        (name, path) -> {
          Set<TableName> needed = new TreeSet<>();
          path.parentPaths().forEach(parent -> needed.add(parent.parent()));
          needs.put(name, needed);
        });
    layers = new Layers(needs);
  }

  /** By all references but those that are written late. */
  CopyOrder(LateReferences references) {
    layers = new Layers(references.needs());
  }

  /** The wave of each table, in the order of the copy; tables in a circle are missing. */
  Map<TableName, Integer> waves() {
    return layers.layers();
  }

  /** Tables that refer to each other in a circle, or to such tables. */
  List<TableName> circle() {
    return layers.rest();
  }
}
