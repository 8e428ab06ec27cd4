package dev.domicile.router;

import java.sql.SQLTransientConnectionException;

/** The route is not cached and the control database does not answer; the caller may try again. */
public final class RouteUnavailableException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1;

  RouteUnavailableException(TenantId tenant, Throwable cause) {
    super(
        "the route of tenant '" + tenant + "' cannot be read from the control database",
        "08001",
        cause);
  }
}
