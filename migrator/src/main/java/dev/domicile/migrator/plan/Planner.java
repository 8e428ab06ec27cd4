package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.TablePlan.KeyColumn;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes a plan from the catalogues of both realms. It reads, and changes nothing. */
public final class Planner {
  private final Realm sourceRealm;
  private final Realm targetRealm;
  private final Catalog source;
  private final Catalog target;
  private final Ownership ownership;
  private final List<Finding> findings = new ArrayList<>();

  /** Reads both catalogues. */
  public Planner(
      RealmSession source,
      Realm sourceRealm,
      RealmSession target,
      Realm targetRealm,
      TableRules rules) {
    this.sourceRealm = sourceRealm;
    this.targetRealm = targetRealm;
    this.source = Catalog.read(source);
    this.target = Catalog.read(target);
    this.ownership = new Ownership(this.source, rules);
    findings.addAll(ownership.findings(sourceRealm));
    findings.addAll(new HiddenRows(this.source, sourceRealm, ownership.paths().keySet()).find());
    findings.addAll(new HiddenRows(this.target, targetRealm, ownership.paths().keySet()).find());
    findings.addAll(
        new SchemaVersions(
                new SchemaVersions.End(sourceRealm, source, this.source),
                new SchemaVersions.End(targetRealm, target, this.target))
            .compare(rules));
    SchemaComparison comparison = new SchemaComparison(this.target, targetRealm);
    ownership.paths().keySet().forEach(name -> comparison.compare(sourceTable(name)));
    findings.addAll(comparison.findings());
  }

  /** The catalogue of the source. */
  public Catalog source() {
    return source;
  }

  /** The catalogue of the target. */
  public Catalog target() {
    return target;
  }

  /** What stands against the plan, and what somebody should know. */
  public List<Finding> findings() {
    return findings;
  }

  /**
   * Makes the plan. Tables that findings speak against may be missing in it.
   *
   * @param foreignKeysDeferred whether the copy may switch off the target's foreign-key triggers
   */
  public Plan plan(TenantId tenant, boolean foreignKeysDeferred) {
    CopyOrder order = new CopyOrder(source, ownership.paths(), foreignKeysDeferred);
    if (!order.circle().isEmpty()) {
      findings.add(
          Finding.error(
              "foreign-key-cycle",
              order.circle().toString(),
              "refer to each other in a circle",
              "as superuser in "
                  + targetRealm
                  + " run GRANT SET ON PARAMETER session_replication_role TO the configured user"));
    }
    List<TablePlan> tables = new ArrayList<>();
    for (Map.Entry<TableName, Integer> entry : order.waves().entrySet()) {
      tablePlan(sourceTable(entry.getKey()), entry.getValue(), foreignKeysDeferred)
          .ifPresent(tables::add);
    }
    return new Plan(
        tenant.clientKey(),
        sourceRealm.name(),
        targetRealm.name(),
        foreignKeysDeferred,
        tables,
        ownership.shared());
  }

  private Optional<TablePlan> tablePlan(Table table, int wave, boolean foreignKeysDeferred) {
    findings.addAll(new TableLimits(sourceRealm).check(table));
    findings.addAll(pathTypes(table));
    Optional<UniqueIndex> key = table.key();
    if (key.isEmpty()) {
      return Optional.empty();
    }
    boolean selfReference =
        table.foreignKeys().stream().anyMatch(reference -> isSelf(table, reference));
    List<Column> copied = table.columns().stream().filter(c -> !c.generated()).toList();
    return Optional.of(
        new TablePlan(
            table.name(),
            Objects.requireNonNull(ownership.paths().get(table.name())),
            copied.stream().map(column -> plannedColumn(table, column)).toList(),
            key.get().columns().stream().map(name -> keyColumn(table, name)).toList(),
            copied.stream().allMatch(Column::portable),
            foreignKeysDeferred || !selfReference,
            List.copyOf(table.foreignKeys()),
            wave));
  }

  /** Paths and references are compared by the server's own operators. */
  private List<Finding> pathTypes(Table table) {
    Stream<String> tenantColumn =
        ownership.paths().get(table.name()) instanceof TenantPath.ByColumn path
            ? Stream.of(path.column())
            : Stream.empty();
    return Stream.concat(
            tenantColumn, table.foreignKeys().stream().flatMap(key -> key.columns().stream()))
        .distinct()
        .flatMap(name -> table.column(name).stream())
        .filter(column -> !column.orderable())
        .map(
            column ->
                Finding.error(
                    "path-type",
                    table.name() + "." + column.name(),
                    "leads to a tenant or to another row, and is of type "
                        + column.type()
                        + ", which an extension compares",
                    "give it a built-in type, or list the table in tables.shared"))
        .toList();
  }

  private PlannedColumn plannedColumn(Table table, Column column) {
    Optional<Column> there = targetColumn(table, column.name());
    return new PlannedColumn(
        column.name(),
        column.type(),
        column.width(),
        there.map(Column::identityAlways).orElse(false),
        there.map(Column::sequence).orElse(null));
  }

  private KeyColumn keyColumn(Table table, String name) {
    Column column = table.column(name).orElseThrow();
    boolean sameOrder =
        Collations.orderAlike(
            column.collation(), targetColumn(table, name).map(Column::collation).orElse(null));
    return new KeyColumn(name, column.type(), !sameOrder);
  }

  private Optional<Column> targetColumn(Table table, String name) {
    return target.table(table.name()).flatMap(other -> other.column(name));
  }

  private Table sourceTable(TableName name) {
    return source.table(name).orElseThrow();
  }

  private static boolean isSelf(Table table, ForeignKey key) {
    return key.referenced().equals(table.name());
  }
}
