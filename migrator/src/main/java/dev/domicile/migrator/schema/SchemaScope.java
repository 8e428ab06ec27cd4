package dev.domicile.migrator.schema;

import dev.domicile.sql.Identifiers;
import org.jspecify.annotations.Nullable;

/**
 * Which schemas are looked at: never the server's and Domicile's own, and of the tenants' schemas,
 * where each tenant has one, that of one tenant at most.
 *
 * @param prefix what the names of the tenants' schemas begin with, or null if there are none
 * @param own the schema of the tenant, or null to leave out those of all
 */
public record SchemaScope(@Nullable String prefix, @Nullable String own) {
  /** All of the application's schemas. */
  public static final SchemaScope ALL = new SchemaScope(null, null);

  private static final String APPLICATION = "n.nspname !~ '^(pg_.*|information_schema|domicile)$'";

  /** The condition on a schema {@code n} of the catalogue. */
  String condition() {
    if (prefix == null) {
      return APPLICATION;
    }
    String others = "NOT starts_with(n.nspname, " + Identifiers.literal(prefix) + ")";
    return APPLICATION
        + " AND "
        + (own == null
            ? others
            : "(" + others + " OR n.nspname = " + Identifiers.literal(own) + ")");
  }
}
