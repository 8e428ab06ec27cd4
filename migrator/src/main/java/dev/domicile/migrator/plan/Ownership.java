package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.TenantPath.ByAnyParent;
import dev.domicile.migrator.plan.TenantPath.ByColumn;
import dev.domicile.migrator.plan.TenantPath.BySchema;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which tables belong to tenants, and how: first those that the configuration names, those in the
 * tenant's own schema and those with a tenant column, then those that refer to an owned table, over
 * as many hops as it takes.
 *
 * <p>A reference that cannot be null is preferred wherever it leads: one of them says it all. Where
 * there are only references that may be null, a row is the tenant's by any of them.
 */
final class Ownership {
  private final TableRules rules;
  private final Catalog catalog;
  private final @Nullable String tenantSchema;
  private final Declarations declared;
  private final Scope scope;
  private final Omissions omissions;
  private final Map<TableName, TenantPath> paths = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();

  /**
   * Looks at the tables.
   *
   * @param tenantSchema the tenant's own schema, or null if it has none
   * @param edited a plan whose paths and omissions override all else, or null
   */
  Ownership(
      Catalog catalog, TableRules rules, @Nullable String tenantSchema, @Nullable Plan edited) {
    this.catalog = catalog;
    this.rules = rules;
    this.tenantSchema = tenantSchema;
    this.declared = new Declarations(catalog, rules);
    this.scope = new Scope(catalog, rules, tenantSchema);
    if (edited != null) {
      declared.override(edited);
    }
    findings.addAll(declared.findings());
    paths.putAll(declared.paths());
    ownBySchema();
    ownByColumn();
    while (ownByReference() || ownByNullableReferences()) {
      // Each round reaches the tables one hop further out.
    }
    refuseLostPaths();
    warnOfNulls();
    omissions = new Omissions(catalog, rules, scope, declared, paths);
    findings.addAll(omissions.findings());
  }

  Map<TableName, TenantPath> paths() {
    return paths;
  }

  List<TableName> shared() {
    return List.copyOf(declared.shared());
  }

  /** Tables that are left out although they may hold rows of tenants. */
  List<TableName> leftOut() {
    return omissions.leftOut();
  }

  /** What is not clear about the tables of the realm. */
  List<Finding> findings(Realm realm) {
    if (!paths.isEmpty()) {
      return findings;
    }
    List<Finding> all = new ArrayList<>(findings);
    all.add(
        Finding.error(
            "no-tenant-table",
            "realms." + realm,
            tenantSchema == null
                ? "no table in schemas " + rules.schemas() + " has a column " + rules.tenantColumn()
                : "has no table in schema " + tenantSchema,
            "set tables.schemas, tables.tenantColumn, tables.tenantColumns or"
                + " tables.tenantSchemaPrefix"));
    return all;
  }

  private void ownBySchema() {
    for (Table table : unowned()) {
      if (table.name().schema().equals(tenantSchema)) {
        paths.put(table.name(), new BySchema());
      }
    }
  }

  private void ownByColumn() {
    for (Table table : unowned()) {
      if (table.column(rules.tenantColumn()).isPresent()) {
        paths.put(table.name(), new ByColumn(rules.tenantColumn()));
      }
    }
  }

  private boolean ownByReference() {
    Map<TableName, TenantPath> found = new TreeMap<>();
    for (Table table : unowned()) {
      table.foreignKeys().stream()
          .filter(key -> paths.containsKey(key.referenced()) && table.notNull(key.columns()))
          .findFirst()
          .ifPresent(key -> found.put(table.name(), path(key)));
    }
    paths.putAll(found);
    return !found.isEmpty();
  }

  /**
   * One table at a time, since it may lead the others to a reference that cannot be null; first one
   * all of whose references are known.
   */
  private boolean ownByNullableReferences() {
    List<Table> reached =
        unowned().stream().filter(table -> !ownedReferences(table).isEmpty()).toList();
    Optional<Table> next =
        reached.stream()
            .filter(table -> openReferences(table).isEmpty())
            .findFirst()
            .or(() -> reached.stream().findFirst());
    next.ifPresent(
        table -> {
          List<ForeignKey> keys = ownedReferences(table);
          openReferences(table).forEach(key -> findings.add(ambiguous(table, key)));
          paths.put(table.name(), anyPath(keys));
        });
    return next.isPresent();
  }

  private List<ForeignKey> ownedReferences(Table table) {
    return table.foreignKeys().stream().filter(key -> paths.containsKey(key.referenced())).toList();
  }

  /** References to tables of which it is not known yet whether they belong to tenants. */
  private List<ForeignKey> openReferences(Table table) {
    return table.foreignKeys().stream()
        .filter(key -> !paths.containsKey(key.referenced()))
        .filter(key -> isOpen(key.referenced()))
        .filter(key -> !key.referenced().equals(table.name()))
        .toList();
  }

  private TenantPath anyPath(List<ForeignKey> keys) {
    if (keys.size() == 1) {
      return path(keys.get(0));
    }
    return new ByAnyParent(keys.stream().map(Declarations::byParent).toList());
  }

  /** A reference to the tenant column itself is a tenant column, without the detour. */
  private TenantPath path(ForeignKey key) {
    if (paths.get(key.referenced()) instanceof ByColumn owner) {
      int index = key.referencedColumns().indexOf(owner.column());
      if (index >= 0) {
        return new ByColumn(key.columns().get(index));
      }
    }
    return Declarations.byParent(key);
  }

  private static Finding ambiguous(Table table, ForeignKey key) {
    return Finding.error(
        "ambiguous-path",
        table.name() + " (" + String.join(", ", key.columns()) + ")",
        "may be the only reference of a row to its tenant, and leads in a circle",
        "add a tenant column, or make one of the table's references NOT NULL");
  }

  /** A declared path may lead to a table that belongs to nobody. */
  private void refuseLostPaths() {
    paths.forEach(
        (name, path) ->
            path.parentPaths().stream()
                .filter(parent -> !paths.containsKey(parent.parent()))
                .forEach(
                    parent ->
                        findings.add(
                            Finding.error(
                                "unknown-path",
                                name.toString(),
                                "leads to " + parent.parent() + ", which belongs to no tenant",
                                "correct tables.paths"))));
  }

  private void warnOfNulls() {
    paths.forEach(
        (name, path) -> {
          Table table = catalog.table(name).orElseThrow();
          boolean none =
              !path.parentPaths().isEmpty()
                  && path.parentPaths().stream().noneMatch(p -> table.notNull(p.columns()));
          if (none) {
            findings.add(ownedByNobody(name, path));
          }
        });
  }

  private List<Table> unowned() {
    return scope.tables().stream().filter(table -> isOpen(table.name())).toList();
  }

  private boolean isOpen(TableName name) {
    return !paths.containsKey(name) && !declared.setsAside(name);
  }

  private static Finding ownedByNobody(TableName name, TenantPath path) {
    List<String> columns =
        path.parentPaths().stream().map(parent -> String.join(", ", parent.columns())).toList();
    return Finding.warning(
        "nullable-path",
        name.toString(),
        "reaches its tenant only over " + String.join(" or ", columns) + ", which may be null",
        "rows without any belong to nobody and stay; make it NOT NULL if there are none");
  }
}
