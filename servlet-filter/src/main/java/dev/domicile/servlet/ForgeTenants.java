package dev.domicile.servlet;

import dev.domicile.router.TenantId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which tenant a Forge installation is. Connect's {@code installed} call names the installation in
 * its field {@code installationId}; {@link Installations#tenantOf} keeps it, and Atlassian's Spring
 * Boot starter does in a table of its own. A tenant that was installed by Connect keeps its {@code
 * clientKey}, so that a migration scheduled by the one may be started by the other. Thread-safe.
 */
@FunctionalInterface
public interface ForgeTenants {

  /**
   * The tenant, or nothing if it is not known.
   *
   * @param installationId the installation, an ARI
   * @param cloudId the site, or null if the token names none
   */
  Optional<TenantId> find(String installationId, @Nullable String cloudId);
}
