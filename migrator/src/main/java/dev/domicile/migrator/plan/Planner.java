package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.TablePlan.KeyColumn;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.SchemaScope;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.session.Together;
import dev.domicile.router.Realm;
import dev.domicile.router.SchemaPerTenant;
import dev.domicile.router.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a plan from the catalogues of both realms. It reads, and changes nothing. */
public final class Planner {
  private final TenantId tenant;
  private final @Nullable Plan edited;
  private final Realm sourceRealm;
  private final Realm targetRealm;
  private final Catalog source;
  private final Catalog target;
  private final TableRules rules;
  private final Ownership ownership;
  private final LateReferences late;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * Reads both catalogues.
   *
   * @param edited a plan whose decisions override what would be planned, or null
   * @throws InvalidRequest if the tenant's schema would have a name that is too long
   */
  public Planner(
      TenantId tenant,
      RealmSession source,
      Realm sourceRealm,
      RealmSession target,
      Realm targetRealm,
      TableRules rules,
      @Nullable Plan edited) {
    this.edited = edited;
    this.rules = rules;
    SchemaScope scope = scope(tenant, rules);
    this.tenant = tenant;
    this.sourceRealm = sourceRealm;
    this.targetRealm = targetRealm;
    List<Catalog> both =
        Together.run(
            () -> Catalog.read(source, scope), () -> Catalog.read(target, scope), List::of);
    this.source = both.get(0);
    this.target = both.get(1);
    this.ownership = new Ownership(this.source, rules, scope.own(), edited);
    this.late = new LateReferences(this.source, this.target, ownership.paths());
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

  private static SchemaScope scope(TenantId tenant, TableRules rules) {
    String prefix = rules.tenantSchemaPrefix();
    if (prefix == null) {
      return SchemaScope.ALL;
    }
    try {
      return new SchemaScope(prefix, new SchemaPerTenant(prefix, List.of()).schemaOf(tenant));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequest(e.getMessage() + ", tables.tenantSchemaPrefix");
    }
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
  public Plan plan(boolean foreignKeysDeferred) {
    CopyOrder order =
        foreignKeysDeferred ? CopyOrder.unchecked(ownership.paths()) : CopyOrder.checked(late);
    if (!order.circle().isEmpty()) {
      findings.add(
          Finding.error(
              "foreign-key-cycle",
              order.circle().toString(),
              "refer to each other in a circle, and each reference must be there at once",
              "make one of them DEFERRABLE in both realms, or let it be null, or "
                  + Preflight.grantIn(targetRealm)));
    }
    List<TablePlan> tables = new ArrayList<>();
    for (Map.Entry<TableName, Integer> entry : order.waves().entrySet()) {
      Table table = sourceTable(entry.getKey());
      boolean whole =
          !foreignKeysDeferred && (refersToItself(table) || order.isWrittenTogether(table.name()));
      tables.add(tablePlan(table, entry.getValue(), whole));
    }
    OffsetIds ids =
        new OffsetIds(
            new Plan(
                tenant.clientKey(),
                sourceRealm.name(),
                targetRealm.name(),
                foreignKeysDeferred,
                tables,
                ownership.shared(),
                ownership.leftOut(),
                false),
            source,
            rules);
    findings.addAll(ids.findings());
    return ids.plan();
  }

  private TablePlan tablePlan(Table table, int wave, boolean whole) {
    findings.addAll(new TableLimits(sourceRealm).check(table));
    target
        .table(table.name())
        .ifPresent(there -> findings.addAll(new TableLimits(targetRealm).checkOwner(there)));
    findings.addAll(pathTypes(table));
    List<String> key = table.key().map(UniqueIndex::columns).orElse(List.of());
    Optional<TablePlan> before =
        Optional.ofNullable(edited).flatMap(plan -> plan.find(table.name()));
    List<Column> copied = table.columns().stream().filter(c -> !c.generated()).toList();
    return new TablePlan(
        table.name(),
        path(table),
        copied.stream().map(column -> plannedColumn(table, column)).toList(),
        key.stream().map(name -> keyColumn(table, name)).toList(),
        copied.stream().allMatch(Column::portable) && before.map(TablePlan::binary).orElse(true),
        !key.isEmpty() && !whole && before.map(TablePlan::chunked).orElse(true),
        table.foreignKeys().stream()
            .map(reference -> reference.withDeferrable(late.mayWait(table.name(), reference)))
            .toList(),
        wave);
  }

  private TenantPath path(Table table) {
    return Objects.requireNonNull(ownership.paths().get(table.name()));
  }

  /** Paths and references are compared by the server's own operators. */
  private List<Finding> pathTypes(Table table) {
    Stream<String> tenantColumn =
        path(table) instanceof TenantPath.ByColumn path
            ? Stream.of(path.column())
            : path(table).parentPaths().stream().flatMap(parent -> parent.columns().stream());
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
        there.map(Column::sequence).orElse(null),
        late.of(table.name()).contains(column.name()),
        null);
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

  private static boolean refersToItself(Table table) {
    return table.foreignKeys().stream().anyMatch(key -> key.referenced().equals(table.name()));
  }
}
