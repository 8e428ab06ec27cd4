package dev.domicile.router;

import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * The route is not cached, or no longer believed, and the control database does not answer; the
 * caller may try again.
 */
public final class RouteUnavailableException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1;

  RouteUnavailableException(TenantId tenant, String problem, @Nullable Throwable cause) {
    super(
        "the route of tenant '"
            + tenant
            + "' cannot be read from the control database: "
            + problem
            + "; try again in a moment",
        "08001",
        cause);
  }
}
