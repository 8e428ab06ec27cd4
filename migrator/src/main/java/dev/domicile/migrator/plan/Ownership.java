package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.TenantPath.ByAnyParent;
import dev.domicile.migrator.plan.TenantPath.ByColumn;
import dev.domicile.migrator.plan.TenantPath.ByParent;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which tables belong to tenants, and how: first those with a tenant column, then those that refer
 * to an owned table, over as many hops as it takes.
 *
 * <p>A reference that cannot be null is preferred wherever it leads: one of them says it all. Where
 * there are only references that may be null, a row is the tenant's by any of them.
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
    while (ownByReference() || ownByNullableReferences()) {
      // Each round reaches the tables one hop further out.
    }
    refuseTheRest();
    refuseOtherSchemas();
  }

  Map<TableName, TenantPath> paths() {
    return paths;
  }

  List<TableName> shared() {
    return List.copyOf(shared);
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
            "no table in schemas " + rules.schemas() + " has a column " + rules.tenantColumn(),
            "set tables.schemas, tables.tenantColumn or tables.tenantColumns"));
    return all;
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
            paths.put(name, new ByColumn(column));
          }
        });
    for (Table table : unowned()) {
      if (!declared.containsKey(table.name()) && table.column(rules.tenantColumn()).isPresent()) {
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
          findings.add(ownedByNobody(table, keys));
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
        .filter(key -> !shared.contains(key.referenced()))
        .filter(key -> !key.referenced().equals(table.name()))
        .toList();
  }

  private TenantPath anyPath(List<ForeignKey> keys) {
    if (keys.size() == 1) {
      return path(keys.get(0));
    }
    return new ByAnyParent(keys.stream().map(Ownership::byParent).toList());
  }

  /** A reference to the tenant column itself is a tenant column, without the detour. */
  private TenantPath path(ForeignKey key) {
    if (paths.get(key.referenced()) instanceof ByColumn owner) {
      int index = key.referencedColumns().indexOf(owner.column());
      if (index >= 0) {
        return new ByColumn(key.columns().get(index));
      }
    }
    return byParent(key);
  }

  private static ByParent byParent(ForeignKey key) {
    return new ByParent(key.columns(), key.referenced(), key.referencedColumns());
  }

  private static Finding ambiguous(Table table, ForeignKey key) {
    return Finding.error(
        "ambiguous-path",
        table.name() + " (" + String.join(", ", key.columns()) + ")",
        "may be the only reference of a row to its tenant, and leads in a circle",
        "add a tenant column, or make one of the table's references NOT NULL");
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

  /** Rows of a tenant in a schema that nobody named would stay behind without a word. */
  private void refuseOtherSchemas() {
    for (Table table : catalog.tables()) {
      boolean tenants =
          table.column(rules.tenantColumn()).isPresent()
              || table.foreignKeys().stream().anyMatch(k -> paths.containsKey(k.referenced()));
      if (tenants && !rules.schemas().contains(table.name().schema()) && isOpen(table)) {
        findings.add(
            Finding.error(
                "other-schema",
                table.name().toString(),
                "holds rows of tenants, but its schema is not in tables.schemas",
                "add the schema to tables.schemas, or list the table in tables.shared"));
      }
    }
  }

  private List<Table> unowned() {
    return catalog.tables().stream()
        .filter(table -> rules.schemas().contains(table.name().schema()))
        .filter(table -> !table.name().table().equals(rules.flywayTable()))
        .filter(this::isOpen)
        .toList();
  }

  private boolean isOpen(Table table) {
    return !paths.containsKey(table.name()) && !shared.contains(table.name());
  }

  private TableName named(String text) {
    return TableName.parse(text, rules.schemas().get(0));
  }

  private static Finding ownedByNobody(Table table, List<ForeignKey> keys) {
    List<String> columns = keys.stream().map(key -> String.join(", ", key.columns())).toList();
    return Finding.warning(
        "nullable-path",
        table.name().toString(),
        "reaches its tenant only over " + String.join(" or ", columns) + ", which may be null",
        "rows without any belong to nobody and stay; make it NOT NULL if there are none");
  }

  private static Finding unknownTable(TableName name, String setting) {
    return Finding.error(
        "unknown-table",
        name.toString(),
        "is named in " + setting + " but is not there",
        "correct the configuration");
  }
}
