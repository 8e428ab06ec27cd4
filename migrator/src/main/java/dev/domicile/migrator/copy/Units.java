package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What goes in one transaction: a chunk, or some that are small, or all chunks of tables that refer
 * to each other in a circle in which the server's checks can wait until the commit, and nothing
 * else can.
 */
final class Units {
  private final List<Set<TableName>> together;
  private final Map<TableName, Integer> depths;

  private Units(List<Set<TableName>> together, Map<TableName, Integer> depths) {
    this.together = together;
    this.depths = depths;
  }

  /** At the target, where foreign keys may be unchecked. */
  static Units inTarget(Plan plan) {
    return new Units(
        plan.foreignKeysDeferred() ? List.of() : plan.together(), plan.referenceDepths());
  }

  /** At the source, where they are checked. */
  static Units inSource(Plan plan) {
    return new Units(plan.together(), plan.referenceDepths());
  }

  /**
   * The chunks in the same order, but for those that go together: these are where the first of them
   * was, and in the order of writing; they are deleted in the opposite one.
   */
  List<List<Chunk>> of(List<Chunk> chunks) {
    List<List<Chunk>> units = new ArrayList<>();
    Map<TableName, List<Chunk>> begun = new TreeMap<>();
    for (Chunk chunk : chunks) {
      Optional<Set<TableName>> tables =
          together.stream().filter(set -> set.contains(chunk.table())).findFirst();
      if (tables.isEmpty()) {
        units.add(List.of(chunk));
      } else {
        begun
            .computeIfAbsent(
                tables.get().iterator().next(),
                first -> {
                  List<Chunk> unit = new ArrayList<>();
                  units.add(unit);
                  return unit;
                })
            .add(chunk);
      }
    }
    begun.values().forEach(unit -> unit.sort(Comparator.comparing(c -> depths.get(c.table()))));
    return units;
  }

  /** The units, but for small chunks of one wave: some of those go together. */
  static List<List<Chunk>> joined(List<List<Chunk>> units, CopySettings settings) {
    int most = Math.min(Workers.TOGETHER, units.size() / settings.jobs());
    List<List<Chunk>> joined = new ArrayList<>();
    List<Chunk> open = new ArrayList<>();
    for (List<Chunk> unit : units) {
      List<Chunk> with = new ArrayList<>(open);
      with.addAll(unit);
      if (unit.size() == 1 && with.size() <= most && isSmall(with, settings)) {
        open.add(unit.get(0));
      } else if (unit.size() == 1 && isSmall(unit, settings)) {
        joined.add(open);
        open = new ArrayList<>(unit);
      } else {
        joined.add(unit);
      }
    }
    joined.add(open);
    joined.removeIf(List::isEmpty);
    return joined;
  }

  private static boolean isSmall(List<Chunk> chunks, CopySettings settings) {
    return chunks.stream().mapToLong(Chunk::bytes).sum() <= settings.chunkBytes() / Workers.TOGETHER
        && chunks.stream().mapToLong(Chunk::rows).sum() <= settings.chunkRows() / Workers.TOGETHER;
  }
}
