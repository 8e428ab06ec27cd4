package dev.domicile.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The routing mode in which each tenant has a schema of its own in its realm's database: the {@code
 * search_path} of a lent connection is that schema, then the common ones.
 *
 * @param prefix what the name of a tenant's schema begins with; the client key follows, letter by
 *     letter. {@code tenant_} by default
 * @param common schemas that all tenants share, such as that of an extension; none by default
 */
public record SchemaPerTenant(String prefix, List<String> common) {
  /** The longest name that Postgres keeps whole, in bytes. */
  private static final int LONGEST_NAME = 63;

  /** Fills in the defaults. */
  public SchemaPerTenant {
    prefix = Objects.requireNonNullElse(prefix, "tenant_");
    if (prefix.isBlank()) {
      throw new IllegalArgumentException(
          "prefix is empty, expected the beginning of a name such as tenant_");
    }
    common = List.copyOf(Objects.requireNonNullElse(common, List.of()));
  }

  /**
   * The name of the tenant's schema, not quoted.
   *
   * @throws IllegalArgumentException if it would be longer than the 63 bytes that Postgres keeps:
   *     two tenants might share what is left of it
   */
  public String schemaOf(TenantId tenant) {
    String name = prefix + tenant.clientKey();
    if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "the schema of tenant '"
              + tenant
              + "' would have a name of more than "
              + LONGEST_NAME
              + " bytes; choose a shorter prefix");
    }
    return name;
  }

  /** The schemas in which a name is looked up for the tenant, in this order. */
  List<String> searchPath(TenantId tenant) {
    List<String> path = new ArrayList<>();
    path.add(schemaOf(tenant));
    path.addAll(common);
    return path;
  }
}
