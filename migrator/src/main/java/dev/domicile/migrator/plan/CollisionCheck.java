package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Finds keys of the tenant that others have taken in the target, over every unique index. */
final class CollisionCheck {
  private static final int SAMPLE = 3;
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");
  private static final Set<String> SAMPLED_TYPES = Set.of("smallint", "integer", "bigint", "uuid");

  private final RealmSession source;
  private final RealmSession target;
  private final LentRows lent;
  private final Plan plan;
  private final List<Finding> findings = new ArrayList<>();

  CollisionCheck(RealmSession source, RealmSession target, LentRows lent, Plan plan) {
    this.source = source;
    this.target = target;
    this.lent = lent;
    this.plan = plan;
  }

  List<Finding> findings() {
    return findings;
  }

  void check(TablePlan table, Table here, Table there) {
    for (UniqueIndex index : there.uniqueIndexes()) {
      // The target holds no row of this tenant, so nothing can collide within it, but for an index
      // that the source does not have.
      if (here.uniqueIndexes().stream().noneMatch(index::isLike)) {
        checkWithin(table, index);
      }
      boolean withinTenant =
          table.path() instanceof TenantPath.ByColumn path
              && index.columns().contains(path.column());
      if (!withinTenant) {
        check(table, index, generated(here));
      }
    }
  }

  private static List<String> generated(Table table) {
    return table.columns().stream().filter(Column::generated).map(Column::name).toList();
  }

  private void checkWithin(TablePlan table, UniqueIndex index) {
    TenantRows rows = new TenantRows(plan, table);
    String keys = String.join(", ", index.expressions());
    String partial = index.predicate() == null ? "" : " AND (" + index.predicate() + ")";
    String nulls = index.nullsAlike() ? "" : " AND num_nulls(" + keys + ") = 0";
    long doubles =
        source.number(
            "SELECT count(*) FROM (SELECT FROM %s WHERE %s%s%s GROUP BY %s HAVING count(*) > 1) AS q"
                .formatted(rows.from(), rows.where(), partial, nulls, keys));
    if (doubles > 0) {
      findings.add(
          Finding.error(
              "duplicate-key",
              table.name() + " (" + index.name() + ")",
              doubles
                  + " keys are there more than once among the tenant's rows, and "
                  + plan.target()
                  + " asks that they are unique",
              "bring both realms to the same schema version"));
    }
  }

  private void check(TablePlan table, UniqueIndex index, List<String> generated) {
    TenantRows rows = new TenantRows(plan, table);
    String keys =
        IntStream.range(0, index.expressions().size())
            .mapToObj(i -> index.expressions().get(i) + " AS domicile_" + i)
            .collect(Collectors.joining(", "));
    String equal = index.nullsAlike() ? " IS NOT DISTINCT FROM " : " = ";
    String match =
        IntStream.range(0, index.expressions().size())
            .mapToObj(i -> index.expressions().get(i) + equal + "k.domicile_" + i)
            .collect(Collectors.joining(" AND "));
    String partial = index.predicate() == null ? "" : " AND (" + index.predicate() + ")";
    String taken =
        "FROM %s JOIN %s AS k ON %s WHERE true%s"
            .formatted(rows.from(), LentRows.TABLE, match, partial);
    String leaving = rows.leaving().asTable(generated);
    Optional<String> near = near(table, index, leaving);
    if (near.isEmpty()) {
      return;
    }
    lent.lend(
        "SELECT %s FROM %s".formatted(keys, rows.from()),
        "SELECT %s FROM %s WHERE %s%s".formatted(keys, leaving, near.get(), partial),
        () -> {
          long count = target.number("SELECT count(*) " + taken);
          if (count > 0) {
            findings.add(
                Finding.error(
                    "id-collision",
                    table.name() + " (" + index.name() + ")",
                    count
                        + " of the tenant's keys are taken in "
                        + plan.target()
                        + sample(table, index, taken),
                    "give the realms disjoint keys before moving tenants between them, or have ids moved"
                        + " by an offset (tables.ids)"));
          }
        });
  }

  /**
   * The condition on the tenant's rows that keys of the target are near: that theirs lie between
   * the least and the greatest of those. Where realms take their ids from blocks that do not
   * overlap, no row has to be sent. Empty if there are none, true if the index does not tell.
   */
  private Optional<String> near(TablePlan table, UniqueIndex index, String leaving) {
    boolean ordered =
        !index.columns().isEmpty()
            && index.predicate() == null
            && !index.nullsAlike()
            && isOfType(table, index.columns().get(0), INTEGERS);
    if (!ordered) {
      return Optional.of("true");
    }
    String leading = index.expressions().get(0);
    String there = table.name().sql();
    // The ends of a whole index cost nothing, and leave little of the tenant to look at.
    return ends(target, leading, there)
        .flatMap(all -> ends(source, leading, leaving + " WHERE " + all.include(leading)))
        .flatMap(own -> ends(target, leading, there + " WHERE " + own.include(leading)))
        .map(taken -> taken.include(leading));
  }

  private static Optional<Ends> ends(RealmSession session, String column, String rows) {
    return session.first(
        "SELECT * FROM (SELECT min(%1$s) AS least, max(%1$s) AS greatest FROM %2$s) AS ends WHERE least IS NOT NULL"
            .formatted(column, rows),
        row -> new Ends(row.getLong(1), row.getLong(2)));
  }

  private static boolean isOfType(TablePlan table, String column, Set<String> types) {
    return table.columns().stream()
        .filter(planned -> planned.name().equals(column))
        .anyMatch(planned -> types.contains(planned.type()));
  }

  private record Ends(long least, long greatest) {
    String include(String column) {
      return "%s BETWEEN %d AND %d".formatted(column, least, greatest);
    }
  }

  /** Some of the keys, where they are numbers or uuids and so say nothing by themselves. */
  private String sample(TablePlan table, UniqueIndex index, String taken) {
    boolean harmless =
        index.columns().size() == 1 && isOfType(table, index.columns().get(0), SAMPLED_TYPES);
    if (!harmless) {
      return "";
    }
    List<String> values =
        target.query(
            "SELECT k.domicile_0::text %s ORDER BY k.domicile_0 LIMIT %d".formatted(taken, SAMPLE),
            row -> row.getString(1));
    return ", such as " + String.join(", ", values);
  }
}
