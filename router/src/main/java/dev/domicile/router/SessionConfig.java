package dev.domicile.router;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a lent connection knows of its tenant, and what it forgets. A null component other than
 * {@code schemas} stands for its default.
 *
 * @param reset when a connection's session is made as new; {@link Reset#ON_OTHER_TENANT} by default
 * @param announceTenant whether the session setting {@code domicile.client_key} holds the tenant's
 *     client key, for policies of row-level security; false by default
 * @param schemas the schema of each tenant, where each has one of its own; null where tenants share
 *     their tables
 */
public record SessionConfig(
    Reset reset, Boolean announceTenant, @Nullable SchemaPerTenant schemas) {
  /** All defaults. */
  public static final SessionConfig DEFAULT = new SessionConfig(Reset.ON_OTHER_TENANT, false, null);

  /** Fills in the defaults. */
  public SessionConfig {
    reset = Objects.requireNonNullElse(reset, Reset.ON_OTHER_TENANT);
    announceTenant = Objects.requireNonNullElse(announceTenant, false);
  }

  /** The same with sessions made as new at other times. */
  public SessionConfig withReset(Reset other) {
    return new SessionConfig(other, announceTenant, schemas);
  }

  /** The same with the tenant announced to the server, or not. */
  public SessionConfig withAnnounceTenant(boolean other) {
    return new SessionConfig(reset, other, schemas);
  }

  /** The same with a schema for each tenant. */
  public SessionConfig withSchemas(@Nullable SchemaPerTenant other) {
    return new SessionConfig(reset, announceTenant, other);
  }

  /** When a connection's session is made as new; it costs one round trip to the server. */
  public enum Reset {
    /** When it is lent to another tenant than the last time. */
    ON_OTHER_TENANT,
    /**
     * Whenever it is lent: also what a tenant's own code left on it is gone, such as another {@code
     * search_path} or {@code domicile.client_key}.
     */
    ON_EACH_LOAN
  }
}
