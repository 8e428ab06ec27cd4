package dev.domicile.migrator;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which tables belong to tenants, where the catalogue alone does not say. A null component stands
 * for its default.
 *
 * @param schemas the schemas that the application's tables are in; {@code public} by default
 * @param tenantColumn the column that holds the client key; {@code client_key} by default
 * @param tenantColumns tables whose tenant column has another name, by table name
 * @param paths tables whose path is not the one that would be found, by table name: the columns of
 *     a foreign key, {@code note_id}; a reference without one, {@code note_id -> note (id)}
 * @param tenantSchemaPrefix what the name of a tenant's own schema begins with, the client key
 *     follows; null where tenants share their tables
 * @param shared tables that belong to no tenant and are never moved
 * @param leftOut tables that are not moved although they may hold rows of tenants
 * @param ids what becomes of ids, by key column, {@code note.id}; {@value #EVERY_ID} for every key
 *     column that a sequence feeds. What is not named is preserved
 * @param acceptedWarnings codes of warnings that do not stop a move; {@value #EVERY_WARNING} for
 *     all
 * @param flywayTable the table in which Flyway keeps the history of the application's schema;
 *     {@code flyway_schema_history} by default
 */
public record TableRules(
    List<String> schemas,
    String tenantColumn,
    Map<String, String> tenantColumns,
    Map<String, String> paths,
    @Nullable String tenantSchemaPrefix,
    List<String> shared,
    List<String> leftOut,
    Map<String, IdPolicy> ids,
    Set<String> acceptedWarnings,
    String flywayTable) {
  /** In {@link #ids()}: every key column that a sequence feeds. */
  public static final String EVERY_ID = "*";

  /** In {@link #acceptedWarnings()}: all of them. */
  public static final String EVERY_WARNING = "*";

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
    paths = Map.copyOf(Objects.requireNonNullElse(paths, Map.of()));
    shared = List.copyOf(Objects.requireNonNullElse(shared, List.of()));
    leftOut = List.copyOf(Objects.requireNonNullElse(leftOut, List.of()));
    ids = Map.copyOf(Objects.requireNonNullElse(ids, Map.of()));
    acceptedWarnings = Set.copyOf(Objects.requireNonNullElse(acceptedWarnings, Set.of()));
    flywayTable = Objects.requireNonNullElse(flywayTable, FLYWAY_TABLE);
    if (schemas.isEmpty()) {
      throw new IllegalArgumentException("schemas is empty, expected at least one");
    }
    if (tenantSchemaPrefix != null && tenantSchemaPrefix.isBlank()) {
      throw new IllegalArgumentException(
          "tenantSchemaPrefix is empty, expected the beginning of a name such as tenant_");
    }
  }

  /** Rules with the defaults for all else. */
  public TableRules(
      List<String> schemas,
      String tenantColumn,
      Map<String, String> tenantColumns,
      List<String> shared) {
    this(
        schemas,
        tenantColumn,
        tenantColumns,
        Map.of(),
        null,
        shared,
        List.of(),
        Map.of(),
        Set.of(),
        FLYWAY_TABLE);
  }

  /** The same with another name of Flyway's table. */
  public TableRules withFlywayTable(String other) {
    return with(ids, acceptedWarnings, other);
  }

  /** The same with other warnings accepted. */
  public TableRules withAcceptedWarnings(Set<String> other) {
    return with(ids, other, flywayTable);
  }

  /** The same with other policies of ids. */
  public TableRules withIds(Map<String, IdPolicy> other) {
    return with(other, acceptedWarnings, flywayTable);
  }

  private TableRules with(Map<String, IdPolicy> policies, Set<String> warnings, String flyway) {
    return new TableRules(
        schemas,
        tenantColumn,
        tenantColumns,
        paths,
        tenantSchemaPrefix,
        shared,
        leftOut,
        policies,
        warnings,
        flyway);
  }
}
