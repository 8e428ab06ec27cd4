package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
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

  void check(List<TablePlan> tables, Catalog sourceCatalog, Catalog targetCatalog) {
    List<Keys> all = new ArrayList<>();
    for (TablePlan table : tables) {
      Table here = sourceCatalog.table(table.name()).orElseThrow();
      for (UniqueIndex index : targetCatalog.table(table.name()).orElseThrow().uniqueIndexes()) {
        // The target holds no row of this tenant, so nothing can collide within it, but for an
        // index that the source does not have.
        if (here.uniqueIndexes().stream().noneMatch(index::isLike)) {
          checkWithin(table, index);
        }
        boolean withinTenant =
            table.path() instanceof TenantPath.ByColumn path
                && index.columns().contains(path.column());
        if (!withinTenant) {
          all.add(new Keys(table, index, new TenantRows(plan, table), generated(here)));
        }
      }
    }
    near(all).forEach(this::check);
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

  private void check(Keys of, String near) {
    TablePlan table = of.table();
    UniqueIndex index = of.index();
    TenantRows rows = of.rows();
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
    lent.lend(
        "SELECT %s FROM %s".formatted(keys, rows.from()),
        "SELECT %s FROM %s WHERE %s%s".formatted(keys, of.leaving(), near, partial),
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
   * overlap, no row has to be sent. An index that does not tell has true, one that none are near is
   * missing.
   */
  private Map<Keys, String> near(List<Keys> all) {
    Map<Keys, String> near = new LinkedHashMap<>();
    all.stream().filter(keys -> !keys.ordered()).forEach(keys -> near.put(keys, "true"));
    // The ends of a whole index cost nothing, and leave little of the tenant to look at.
    Map<Keys, String> there =
        ends(
            target, all.stream().filter(Keys::ordered).toList(), keys -> keys.table().name().sql());
    Map<Keys, String> own =
        ends(
            source,
            List.copyOf(there.keySet()),
            keys -> keys.leaving() + " WHERE " + there.get(keys));
    near.putAll(
        ends(
            target,
            List.copyOf(own.keySet()),
            keys -> keys.table().name().sql() + " WHERE " + own.get(keys)));
    return near;
  }

  /** The condition that the leading columns lie between their ends among some rows, if any are. */
  private static Map<Keys, String> ends(
      RealmSession session, List<Keys> all, Function<Keys, String> rows) {
    List<List<String>> ends =
        session.queries(
            all.stream()
                .map(
                    keys ->
                        "SELECT * FROM (SELECT min(%1$s) AS least, max(%1$s) AS greatest FROM %2$s) AS ends WHERE least IS NOT NULL"
                            .formatted(keys.leading(), rows.apply(keys)))
                .toList(),
            row -> "BETWEEN %d AND %d".formatted(row.getLong(1), row.getLong(2)));
    Map<Keys, String> near = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      for (String found : ends.get(i)) {
        near.put(all.get(i), all.get(i).leading() + ' ' + found);
      }
    }
    return near;
  }

  private static boolean isOfType(TablePlan table, String column, Set<String> types) {
    return table.columns().stream()
        .filter(planned -> planned.name().equals(column))
        .anyMatch(planned -> types.contains(planned.type()));
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

  /**
   * The tenant's keys of one index.
   *
   * @param generated columns that the target computes by itself
   */
  private record Keys(TablePlan table, UniqueIndex index, TenantRows rows, List<String> generated) {
    String leaving() {
      return rows.leaving().asTable(generated);
    }

    String leading() {
      return index.expressions().get(0);
    }

    /** Whether the ends of the index tell what it may hold. */
    boolean ordered() {
      return !index.columns().isEmpty()
          && index.predicate() == null
          && !index.nullsAlike()
          && isOfType(table, index.columns().get(0), INTEGERS);
    }
  }
}
