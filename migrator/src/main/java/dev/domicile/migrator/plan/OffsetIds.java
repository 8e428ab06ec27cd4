package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.IdPolicy;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.IdFamilies.Place;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which ids are moved by an offset, as {@code tables.ids} says. */
final class OffsetIds {
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");

  private final Plan plan;
  private final Catalog catalog;
  private final IdFamilies families;
  private final Map<Place, IdPolicy> declared = new TreeMap<>();
  private final Set<Place> moved = new HashSet<>();
  private final List<Finding> findings = new ArrayList<>();

  /**
   * Decides.
   *
   * @param catalog that of the source
   */
  OffsetIds(Plan plan, Catalog catalog, TableRules rules) {
    this.plan = plan;
    this.catalog = catalog;
    this.families = new IdFamilies(plan);
    new TreeMap<>(rules.ids())
        .forEach((text, policy) -> declare(text, policy, rules.schemas().get(0)));
    Set<Place> seeds =
        new TreeSet<>(
            declared.keySet().stream().filter(p -> declared.get(p) == IdPolicy.OFFSET).toList());
    if (rules.ids().get(TableRules.EVERY_ID) == IdPolicy.OFFSET) {
      plan.tables().forEach(table -> seeds.addAll(fedKeys(table)));
    }
    seeds.stream().filter(seed -> !moved.contains(seed)).forEach(this::decide);
  }

  /** The plan with the offsets as still to be reserved. */
  Plan plan() {
    return plan.withOffsets(
        (table, column) -> moved.contains(new Place(table.name(), column.name())) ? 0L : null);
  }

  List<Finding> findings() {
    return findings;
  }

  private void declare(String text, IdPolicy policy, String defaultSchema) {
    if (text.equals(TableRules.EVERY_ID)) {
      return;
    }
    int dot = Math.max(0, text.lastIndexOf('.'));
    TableName table = TableName.parse(text.substring(0, dot), defaultSchema);
    Place place = new Place(table, text.substring(dot).replaceFirst("^\\.", ""));
    if (planned(place).isPresent()) {
      declared.put(place, policy);
    } else {
      findings.add(
          Finding.error(
              "unknown-column",
              text,
              "is named in tables.ids but is no column that moves",
              "correct the configuration"));
    }
  }

  private List<Place> fedKeys(TablePlan table) {
    Table stored = catalog.table(table.name()).orElseThrow();
    return table.columns().stream()
        .filter(column -> column.sequence() != null)
        .map(PlannedColumn::name)
        .filter(name -> stored.uniqueIndexes().stream().anyMatch(i -> i.columns().contains(name)))
        .map(name -> new Place(table.name(), name))
        .filter(place -> declared.get(place) != IdPolicy.PRESERVE)
        .toList();
  }

  private void decide(Place seed) {
    Set<Place> family = families.of(seed);
    Optional<Place> kept =
        family.stream().filter(place -> declared.get(place) == IdPolicy.PRESERVE).findFirst();
    @Nullable String obstacle =
        kept.map(place -> "its ids are those of " + place + ", which tables.ids preserves")
            .orElseGet(() -> obstacle(family));
    if (obstacle == null) {
      moved.addAll(family);
    } else {
      findings.add(
          Finding.error(
              "id-offset",
              seed.toString(),
              "cannot be moved by an offset, since " + obstacle,
              "set " + seed + " to preserve in tables.ids"));
    }
  }

  private @Nullable String obstacle(Set<Place> family) {
    for (Place place : family) {
      String problem = obstacle(place);
      if (problem != null) {
        return place + " " + problem;
      }
    }
    boolean fed =
        family.stream().flatMap(p -> planned(p).stream()).anyMatch(c -> c.sequence() != null);
    return fed
        ? null
        : "no sequence of "
            + plan.target()
            + " feeds "
            + family.stream().map(Place::toString).collect(Collectors.joining(" or "));
  }

  private @Nullable String obstacle(Place place) {
    if (!plan.moves(place.table())) {
      return "belongs to rows that do not move";
    }
    Optional<PlannedColumn> column = planned(place);
    if (column.isEmpty()) {
      return "is computed by the server";
    }
    if (plan.table(place.table()).path() instanceof TenantPath.ByColumn owner
        && owner.column().equals(place.column())) {
      return "says whose the row is";
    }
    return INTEGERS.contains(column.get().type())
        ? null
        : "is of type " + column.get().type() + ", not smallint, integer or bigint";
  }

  private Optional<PlannedColumn> planned(Place place) {
    return plan.find(place.table()).stream()
        .flatMap(table -> table.columns().stream())
        .filter(column -> column.name().equals(place.column()))
        .findFirst();
  }
}
