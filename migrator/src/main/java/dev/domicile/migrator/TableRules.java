package dev.domicile.migrator;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which tables belong to tenants, where the catalogue alone does not say. A null component stands
 * for its default.
 *
 * @param schemas the schemas that the application's tables are in; {@code public} by default
 * @param tenantColumn the column that holds the client key; {@code client_key} by default
 * @param tenantColumns tables whose tenant column has another name, by table name
 * @param shared tables that belong to no tenant and are never moved
 * @param flywayTable the table in which Flyway keeps the history of the application's schema;
 *     {@code flyway_schema_history} by default
 */
public record TableRules(
    List<String> schemas,
    String tenantColumn,
    Map<String, String> tenantColumns,
    List<String> shared,
    String flywayTable) {
  private static final String FLYWAY_TABLE = "flyway_schema_history";

  /** All defaults. */
  public static final TableRules DEFAULT =
      new TableRules(List.of("public"), "client_key", Map.of(), List.of());

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if no schema is named
   */
  public TableRules {
    schemas = List.copyOf(Objects.requireNonNullElse(schemas, List.of("public")));
    tenantColumn = Objects.requireNonNullElse(tenantColumn, "client_key");
    tenantColumns = Map.copyOf(Objects.requireNonNullElse(tenantColumns, Map.of()));
    shared = List.copyOf(Objects.requireNonNullElse(shared, List.of()));
    flywayTable = Objects.requireNonNullElse(flywayTable, FLYWAY_TABLE);
    if (schemas.isEmpty()) {
      throw new IllegalArgumentException("schemas is empty, expected at least one");
    }
  }

  /** Rules with Flyway's table under its default name. */
  public TableRules(
      List<String> schemas,
      String tenantColumn,
      Map<String, String> tenantColumns,
      List<String> shared) {
    this(schemas, tenantColumn, tenantColumns, shared, FLYWAY_TABLE);
  }
}
