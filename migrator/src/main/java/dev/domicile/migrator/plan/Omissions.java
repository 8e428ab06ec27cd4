package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.LeftOut;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The tables that are not moved: those that are left out, and those of which nobody knows why. */
final class Omissions {
  private final Catalog catalog;
  private final TableRules rules;
  private final Scope scope;
  private final Declarations declared;
  private final Map<TableName, TenantPath> paths;
  private final Set<TableName> leftOut = new TreeSet<>();
  private final List<Finding> findings = new ArrayList<>();

  /**
   * Looks at the tables.
   *
   * @param paths how the tables that are moved belong to tenants
   */
  Omissions(
      Catalog catalog,
      TableRules rules,
      Scope scope,
      Declarations declared,
      Map<TableName, TenantPath> paths) {
    this.catalog = catalog;
    this.rules = rules;
    this.scope = scope;
    this.declared = declared;
    this.paths = paths;
    leaveOut();
    refuseTheRest();
    refuseOtherSchemas();
  }

  /** Tables that are left out although they may hold rows of tenants. */
  List<TableName> leftOut() {
    return List.copyOf(leftOut);
  }

  List<Finding> findings() {
    return findings;
  }

  /** What could hold rows of tenants is a warning: they stay behind, and are not purged. */
  private void leaveOut() {
    for (Table table : catalog.tables()) {
      boolean said = declared.leftOut().contains(table.name());
      boolean unsaid =
          table.unlogged() && scope.covers(table.name()) && !declared.setsAside(table.name());
      if (said || unsaid) {
        leftOut.add(table.name());
        findings.add(
            leftOut(
                table.name(),
                said ? "is declared to be left out" : "is unlogged",
                mayHoldTenants(table)));
      }
    }
    for (LeftOut other : catalog.leftOut()) {
      if (other.partition()) {
        findings.add(
            Finding.error(
                "foreign-partition",
                other.name().toString(),
                "is a foreign table and a part of another",
                "detach it, or move its rows into a partition of this database"));
      } else if (scope.covers(other.name())) {
        findings.add(leftOut(other.name(), "is " + other.kind().words(), false));
      }
    }
  }

  private static Finding leftOut(TableName name, String why, boolean mayHoldTenants) {
    return new Finding(
        mayHoldTenants ? Finding.Severity.WARNING : Finding.Severity.NOTE,
        "left-out",
        name.toString(),
        why + " and not moved",
        mayHoldTenants
            ? "see that what it holds of the tenant may be lost and is deleted in the old realm"
            : "make it anew in the other realm, if it is needed there");
  }

  private boolean mayHoldTenants(Table table) {
    return table.column(rules.tenantColumn()).isPresent()
        || table.foreignKeys().stream().anyMatch(key -> paths.containsKey(key.referenced()));
  }

  private void refuseTheRest() {
    for (Table table : scope.tables()) {
      if (isOpen(table.name())) {
        findings.add(
            Finding.error(
                "no-tenant-path",
                table.name().toString(),
                "has no column '"
                    + rules.tenantColumn()
                    + "' and no foreign key to a table that belongs to tenants",
                "name its column in tables.tenantColumns or its path in tables.paths, or list it in"
                    + " tables.shared"));
      }
    }
  }

  /** Rows of a tenant in a schema that nobody named would stay behind without a word. */
  private void refuseOtherSchemas() {
    for (Table table : catalog.tables()) {
      if (mayHoldTenants(table) && !scope.covers(table.name()) && isOpen(table.name())) {
        findings.add(
            Finding.error(
                "other-schema",
                table.name().toString(),
                "holds rows of tenants, but its schema is not in tables.schemas",
                "add the schema to tables.schemas, or list the table in tables.shared"));
      }
    }
  }

  private boolean isOpen(TableName name) {
    return !paths.containsKey(name) && !declared.setsAside(name);
  }
}
