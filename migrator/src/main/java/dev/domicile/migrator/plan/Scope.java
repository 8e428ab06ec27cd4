package dev.domicile.migrator.plan;

import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The schemas in which a tenant's tables are looked for: those of the configuration and its own.
 */
final class Scope {
  private final Catalog catalog;
  private final TableRules rules;
  private final @Nullable String tenantSchema;

  Scope(Catalog catalog, TableRules rules, @Nullable String tenantSchema) {
    this.catalog = catalog;
    this.rules = rules;
    this.tenantSchema = tenantSchema;
  }

  boolean covers(TableName table) {
    return rules.schemas().contains(table.schema()) || table.schema().equals(tenantSchema);
  }

  /** The tables that are moved unless something else is said of them. */
  List<Table> tables() {
    return catalog.tables().stream()
        .filter(table -> covers(table.name()))
        .filter(table -> !table.name().table().equals(rules.flywayTable()))
        .filter(table -> !table.unlogged())
        .toList();
  }
}
