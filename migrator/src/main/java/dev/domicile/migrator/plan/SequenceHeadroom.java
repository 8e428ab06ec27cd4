package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Finds sequences of the target that have few numbers left once they are past the copied ids. */
final class SequenceHeadroom {
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

  List<Finding> find(List<TablePlan> tables) {
    List<FedColumn> near = new ArrayList<>();
    List<FedColumn> unsure = new ArrayList<>();
    for (FedColumn fed : FedColumn.read(target, tables)) {
      // Where the key begins with the column, the highest of all tenants is at hand.
      boolean indexed = fed.table().keyNames().indexOf(fed.column().name()) == 0;
      if (fed.state().increment() > 0) {
        (indexed ? near : unsure).add(fed);
      }
    }
    List<Long> highest = highest(near, rows -> "");
    for (int i = 0; i < near.size(); i++) {
      if (left(near.get(i), highest.get(i)) < MUCH) {
        unsure.add(near.get(i));
      }
    }
    List<Long> own = highest(unsure, rows -> " WHERE " + rows.where());
    return IntStream.range(0, unsure.size())
        .boxed()
        .flatMap(i -> find(unsure.get(i), own.get(i)).stream())
        .toList();
  }

  private Optional<Finding> find(FedColumn fed, long highest) {
    double left = left(fed, highest);
    String subject = fed.table().name() + "." + fed.column().name();
    if (fed.reached(highest) > fed.largest() - fed.state().increment()) {
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

  /** The highest ids at the source. */
  private List<Long> highest(List<FedColumn> columns, Function<TenantRows, String> condition) {
    return source.onlyRows(
        columns.stream()
            .map(
                fed -> {
                  TenantRows rows = new TenantRows(plan, fed.table());
                  return "SELECT coalesce(max(t.%s), 0)::bigint FROM %s%s"
                      .formatted(
                          Identifiers.quote(fed.column().name()),
                          rows.from(),
                          condition.apply(rows));
                })
            .toList(),
        row -> row.getLong(1));
  }

  /** The share of a sequence's numbers that are left once it is past an id. */
  private static double left(FedColumn fed, long id) {
    long least = fed.state().min();
    return 1 - ((double) fed.reached(id) - least) / ((double) fed.largest() - least);
  }
}
