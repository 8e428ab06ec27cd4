package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which tables belong to tenants, and how: first those with a tenant column, then those that refer
 * to an owned table, over as many hops as it takes. A path over columns that cannot be null is
 * preferred wherever it leads, since a row whose reference is null is nobody's.
 */
final class Ownership {
  private final TableRules rules;
  private final Catalog catalog;
  private final Set<TableName> shared = new TreeSet<>();
  private final Map<TableName, TenantPath> paths = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();

  Ownership(Catalog catalog, TableRules rules) {
    this.catalog = catalog;
    this.rules = rules;
    declareShared();
    ownByColumn();
    while (ownByReference(true) || ownByReference(false)) {
      // Each round reaches the tables one hop further out.
    }
    refuseTheRest();
  }

  Map<TableName, TenantPath> paths() {
    return paths;
  }

  List<TableName> shared() {
    return List.copyOf(shared);
  }

  List<Finding> findings() {
    return findings;
  }

  private void declareShared() {
    for (String text : rules.shared()) {
      TableName name = named(text);
      if (catalog.table(name).isEmpty()) {
        findings.add(unknownTable(name, "tables.shared"));
      }
      shared.add(name);
    }
  }

  private void ownByColumn() {
    Map<TableName, String> declared = new TreeMap<>();
    rules.tenantColumns().forEach((table, column) -> declared.put(named(table), column));
    declared.forEach(
        (name, column) -> {
          Optional<Table> table = catalog.table(name);
          if (table.isEmpty()) {
            findings.add(unknownTable(name, "tables.tenantColumns"));
          } else if (table.get().column(column).isEmpty()) {
            findings.add(
                Finding.error(
                    "unknown-column",
                    name + "." + column,
                    "is named in tables.tenantColumns but is not there",
                    "correct the configuration"));
          } else {
            paths.put(name, new TenantPath.ByColumn(column));
          }
        });
    for (Table table : catalog.tables()) {
      boolean open = !shared.contains(table.name()) && !declared.containsKey(table.name());
      if (open && table.column(rules.tenantColumn()).isPresent()) {
        paths.put(table.name(), new TenantPath.ByColumn(rules.tenantColumn()));
      }
    }
  }

  private boolean ownByReference(boolean notNull) {
    Map<TableName, TenantPath> found = new TreeMap<>();
    for (Table table : unowned()) {
      table.foreignKeys().stream()
          .filter(key -> paths.containsKey(key.referenced()))
          .filter(key -> !notNull || table.notNull(key.columns()))
          .findFirst()
          .ifPresent(
              key -> {
                found.put(table.name(), path(key));
                if (!notNull) {
                  findings.add(ownedByNobody(table, key));
                }
              });
    }
    paths.putAll(found);
    return !found.isEmpty();
  }

  /** A reference to the tenant column itself is a tenant column, without the detour. */
  private TenantPath path(ForeignKey key) {
    if (paths.get(key.referenced()) instanceof TenantPath.ByColumn owner) {
      int index = key.referencedColumns().indexOf(owner.column());
      if (index >= 0) {
        return new TenantPath.ByColumn(key.columns().get(index));
      }
    }
    return new TenantPath.ByParent(key.columns(), key.referenced(), key.referencedColumns());
  }

  private void refuseTheRest() {
    for (Table table : unowned()) {
      findings.add(
          Finding.error(
              "no-tenant-path",
              table.name().toString(),
              "has no column '"
                  + rules.tenantColumn()
                  + "' and no foreign key to a table that belongs to tenants",
              "name its column in tables.tenantColumns, or list it in tables.shared"));
    }
  }

  private List<Table> unowned() {
    return catalog.tables().stream()
        .filter(table -> !paths.containsKey(table.name()) && !shared.contains(table.name()))
        .toList();
  }

  private TableName named(String text) {
    return TableName.parse(text, rules.schemas().get(0));
  }

  private static Finding ownedByNobody(Table table, ForeignKey key) {
    return Finding.warning(
        "nullable-path",
        table.name().toString(),
        "reaches its tenant only over " + String.join(", ", key.columns()) + ", which may be null",
        "rows where it is null belong to nobody and stay; make it NOT NULL if there are none");
  }

  private static Finding unknownTable(TableName name, String setting) {
    return Finding.error(
        "unknown-table",
        name.toString(),
        "is named in " + setting + " but is not there",
        "correct the configuration");
  }
}
