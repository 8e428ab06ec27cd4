package dev.domicile.servlet;

import dev.domicile.router.TenantId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a product sends when the app is installed at it.
 *
 * @param tenant the {@code clientKey}
 * @param baseUrl the URL of the tenant's product; it may change, and is no identity
 * @param productType such as {@code jira} or {@code confluence}
 * @param secret the {@code sharedSecret} to be used from now on
 * @param installationId what Forge calls the installation, an ARI, or null if the product did not
 *     say; apps that are on their way to Forge are told
 */
public record Installation(
    TenantId tenant,
    String baseUrl,
    String productType,
    SharedSecret secret,
    @Nullable String installationId) {

  /** Checks that the parts are there. */
  public Installation {
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(baseUrl, "baseUrl");
    Objects.requireNonNull(productType, "productType");
    Objects.requireNonNull(secret, "secret");
  }

  /** An installation of Connect alone. */
  public Installation(TenantId tenant, String baseUrl, String productType, SharedSecret secret) {
    this(tenant, baseUrl, productType, secret, null);
  }
}
