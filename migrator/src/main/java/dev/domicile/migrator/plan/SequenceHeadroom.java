package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.SequenceState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds sequences of the target that have few numbers left once they are past the copied ids. */
final class SequenceHeadroom {
  private static final Map<String, Long> LARGEST =
      Map.of(
          "smallint", (long) Short.MAX_VALUE,
          "integer", (long) Integer.MAX_VALUE,
          "bigint", Long.MAX_VALUE);
  private static final double LITTLE = 0.1;
  private static final double MUCH = 0.5;

  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;
  private final Realm realm;

  SequenceHeadroom(RealmSession source, RealmSession target, Realm realm, Plan plan) {
    this.source = source;
    this.target = target;
    this.realm = realm;
    this.plan = plan;
  }

  List<Finding> find(TablePlan table) {
    List<Finding> findings = new ArrayList<>();
    for (PlannedColumn column : table.columns()) {
      if (column.sequence() != null && LARGEST.containsKey(column.type())) {
        find(table, column).ifPresent(findings::add);
      }
    }
    return findings;
  }

  private Optional<Finding> find(TablePlan table, PlannedColumn column) {
    SequenceState range = SequenceState.read(target, String.valueOf(column.sequence()));
    if (range.increment() < 0) {
      return Optional.empty();
    }
    long largest = Math.min(range.max(), LARGEST.getOrDefault(column.type(), Long.MAX_VALUE));
    TenantRows rows = new TenantRows(plan, table);
    // Where the key begins with the column, the highest of all tenants is at hand.
    boolean indexed = table.keyNames().indexOf(column.name()) == 0;
    if (indexed && left(range, reached(range, column, rows.from()), largest) >= MUCH) {
      return Optional.empty();
    }
    long next = reached(range, column, rows.from() + " WHERE " + rows.where());
    double left = left(range, next, largest);
    String subject = table.name() + "." + column.name();
    if (next > largest - range.increment()) {
      return Optional.of(
          Finding.error(
              "sequence-exhausted",
              subject,
              "would have no id left for new rows in " + realm + " past the moved ones",
              "make the column and its sequence bigint in both realms"));
    }
    return left < LITTLE
        ? Optional.of(
            Finding.warning(
                "sequence-headroom",
                subject,
                "would have less than a tenth of its ids left in " + realm,
                "make the column and its sequence bigint in both realms"))
        : Optional.empty();
  }

  /** How far the sequence is once it is past the ids of those rows. */
  private long reached(SequenceState range, PlannedColumn column, String rows) {
    long highest =
        source.number(
            "SELECT coalesce(max(t.%s), 0)::bigint FROM %s"
                .formatted(Identifiers.quote(column.name()), rows));
    return Math.max(range.last(), highest + column.shift());
  }

  /** The share of a sequence's numbers that are left past one of them. */
  private static double left(SequenceState range, long past, long largest) {
    return 1 - ((double) past - range.min()) / ((double) largest - range.min());
  }
}
