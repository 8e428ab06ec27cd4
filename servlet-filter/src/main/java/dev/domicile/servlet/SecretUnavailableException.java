package dev.domicile.servlet;

import dev.domicile.router.TenantId;
import org.jspecify.annotations.Nullable;

/** A tenant's shared secret is stored but cannot be read, or the store does not answer. */
public final class SecretUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The message never holds a secret; the cause, which may be null, must not either. */
  public SecretUnavailableException(TenantId tenant, String reason, @Nullable Throwable cause) {
    super("the shared secret of tenant '" + tenant + "' is unavailable: " + reason, cause);
  }
}
