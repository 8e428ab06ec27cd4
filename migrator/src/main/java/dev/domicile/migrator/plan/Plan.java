package dev.domicile.migrator.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.plan.ReferenceOrder.Reference;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.TableName;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What moves, and how.
 *
 * @param tenant the tenant's client key
 * @param source the realm that the rows leave
 * @param target the realm that they go to
 * @param foreignKeysDeferred whether the copy may switch off the target's foreign-key triggers; the
 *     references are then checked by set after the copy
 * @param tables the tables in the order of the copy
 * @param shared tables that are left out because they belong to no tenant
 * @param leftOut tables that are left out although they may hold rows of tenants
 * @param edited whether somebody has changed it, so that it overrides what would be planned
 */
public record Plan(
    String tenant,
    String source,
    String target,
    boolean foreignKeysDeferred,
    List<TablePlan> tables,
    List<TableName> shared,
    List<TableName> leftOut,
    boolean edited) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A plan of an earlier version leaves nothing out. */
  public Plan {
    tables = List.copyOf(tables);
    shared = List.copyOf(shared);
    leftOut = List.copyOf(Objects.requireNonNullElse(leftOut, List.of()));
  }

  /** The same, marked as edited. */
  public Plan asEdited() {
    return new Plan(tenant, source, target, foreignKeysDeferred, tables, shared, leftOut, true);
  }

  /** Whether ids are moved by offsets that are not reserved yet. */
  public boolean lacksOffsets() {
    return columns().anyMatch(column -> column.offset() != null && column.shift() == 0);
  }

  /** The same with the offsets that the other plan has, where both move a column's ids by one. */
  public Plan withOffsetsOf(Plan other) {
    return withOffsets(
        (table, column) -> {
          Long offset = other.offset(table.name(), column.name());
          return column.offset() == null || offset == null ? column.offset() : offset;
        });
  }

  /** The same with the ids moved back by what the other plan moves them. */
  public Plan withOffsetsBackFrom(Plan other) {
    return withOffsets(
        (table, column) -> {
          Long offset = other.offset(table.name(), column.name());
          return offset == null ? null : Long.valueOf(-offset);
        });
  }

  /** The same with other offsets. */
  Plan withOffsets(BiFunction<TablePlan, PlannedColumn, @Nullable Long> offset) {
    List<TablePlan> shifted =
        tables.stream()
            .map(
                table ->
                    table.withColumns(
                        table.columns().stream()
                            .map(column -> column.withOffset(offset.apply(table, column)))
                            .toList()))
            .toList();
    return new Plan(tenant, source, target, foreignKeysDeferred, shifted, shared, leftOut, edited);
  }

  private @Nullable Long offset(TableName name, String column) {
    return find(name).stream()
        .flatMap(table -> table.columns().stream())
        .filter(planned -> planned.name().equals(column))
        .findFirst()
        .map(PlannedColumn::offset)
        .orElse(null);
  }

  private Stream<PlannedColumn> columns() {
    return tables.stream().flatMap(table -> table.columns().stream());
  }

  /** The plan of that table, if it moves. */
  public Optional<TablePlan> find(TableName name) {
    return tables.stream().filter(table -> table.name().equals(name)).findFirst();
  }

  /** The plan of that table. */
  public TablePlan table(TableName name) {
    return find(name).orElseThrow();
  }

  /** Whether rows of that table move. */
  public boolean moves(TableName name) {
    return find(name).isPresent();
  }

  /** Whether foreign keys see to it that no row of the table is that of two tenants. */
  public boolean hasOneTenant(TablePlan table) {
    return table.path() instanceof TenantPath.ByParent path
        ? table.isBacked(path) && hasOneTenant(table(path.parent()))
        : table.path().parentPaths().isEmpty();
  }

  /** The tables on the way from the table's rows to their tenant. */
  public Set<TableName> ancestors(TablePlan table) {
    return table.path().parentPaths().stream()
        .map(TenantPath.ByParent::parent)
        .flatMap(parent -> Stream.concat(Stream.of(parent), ancestors(table(parent)).stream()))
        .collect(Collectors.toSet());
  }

  /**
   * How far each table is from one that needs no other moved table; deleting the furthest first
   * never leaves a reference dangling, within one transaction. Tables in a circle come after all
   * others.
   */
  public Map<TableName, Integer> referenceDepths() {
    return depths(references().inTransaction());
  }

  /** The same for deletions in several transactions: tables that go together are equally far. */
  public Map<TableName, Integer> transactionDepths() {
    return depths(references().transactions());
  }

  private Map<TableName, Integer> depths(Layers layers) {
    Map<TableName, Integer> depths = new HashMap<>(layers.layers());
    layers.rest().forEach(name -> depths.put(name, tables.size()));
    return depths;
  }

  /**
   * Tables that refer to each other in a circle, or to such tables; self-references, those that are
   * written late, and those whose check can wait until the commit not counted.
   */
  public List<TableName> circle() {
    return references().inTransaction().rest();
  }

  /**
   * Tables that have to be written in one transaction where foreign keys are checked, since they
   * refer to each other in a circle in which only checks can wait.
   */
  public List<Set<TableName>> together() {
    return references().together();
  }

  /** Tables that go to the target in one transaction because their rows refer to each other. */
  public List<Set<TableName>> inOneTransaction() {
    if (foreignKeysDeferred) {
      return List.of();
    }
    List<Set<TableName>> circles = together();
    Stream<Set<TableName>> alone =
        tables.stream()
            .filter(table -> !table.chunked() && !table.key().isEmpty())
            .map(TablePlan::name)
            .filter(name -> circles.stream().noneMatch(circle -> circle.contains(name)))
            .map(Set::of);
    return Stream.concat(circles.stream(), alone).toList();
  }

  private ReferenceOrder references() {
    List<Reference> references = new ArrayList<>();
    for (TablePlan table : tables) {
      table.references().stream()
          .filter(key -> Collections.disjoint(key.columns(), table.lateNames()))
          .map(key -> new Reference(table.name(), key.referenced(), key.deferrable()))
          .forEach(references::add);
      // A row whose parent is gone could not be told from those of others.
      table.path().parentPaths().stream()
          .map(path -> new Reference(table.name(), path.parent(), false))
          .forEach(references::add);
    }
    references.removeIf(
        reference -> !moves(reference.to()) || reference.to().equals(reference.from()));
    return new ReferenceOrder(tables.stream().map(TablePlan::name).toList(), references);
  }

  /** How many waves there are. */
  public int waves() {
    return tables.stream().mapToInt(TablePlan::wave).max().orElse(-1) + 1;
  }

  /** A digest of all that the copy depends on; a plan with another one must not resume it. */
  public String fingerprint() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(toJson().getBytes(StandardCharsets.UTF_8));
      return String.format("%064x", new BigInteger(1, hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The plan as JSON, for the control database. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a plan can be written as JSON", e);
    }
  }

  /** Reads what {@link #toJson()} wrote. */
  public static Plan fromJson(String json) {
    try {
      return JSON.readValue(json, Plan.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the control database holds a plan that is none", e);
    }
  }
}
