package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.ReferenceOrder.Reference;
import dev.domicile.migrator.schema.TableName;
import java.util.List;
import java.util.Map;

/**
 * The wave of each table: later than the table that its tenant path leads to and, where the target
 * checks foreign keys at once, later than every table that it refers to.
 */
final class CopyOrder {
  private final ReferenceOrder order;
  private final List<TableName> circle;

  private CopyOrder(ReferenceOrder order) {
    this.order = order;
    this.circle = order.inTransaction().rest();
  }

  /** By the paths alone: foreign keys are not checked. */
  static CopyOrder unchecked(Map<TableName, TenantPath> paths) {
    return new CopyOrder(
        new ReferenceOrder(
            paths.keySet(),
            paths.entrySet().stream()
                .flatMap(
                    entry ->
                        entry.getValue().parentPaths().stream()
                            .map(path -> new Reference(entry.getKey(), path.parent(), false)))
                .toList()));
  }

  /** By all references but those that are written late. */
  static CopyOrder checked(LateReferences references) {
    return new CopyOrder(references.order());
  }

  /** The wave of each table, in the order of the copy; tables in a circle are missing. */
  Map<TableName, Integer> waves() {
    return order.transactions().layers();
  }

  /** Whether the table is written in one transaction with others. */
  boolean isWrittenTogether(TableName table) {
    return order.together().stream().anyMatch(tables -> tables.contains(table));
  }

  /** Tables that refer to each other in a circle that cannot be opened, or to such tables. */
  List<TableName> circle() {
    return circle;
  }
}
