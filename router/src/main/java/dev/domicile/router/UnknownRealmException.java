package dev.domicile.router;

import java.sql.SQLNonTransientConnectionException;

/** The tenant's realm is not configured on this node. */
public final class UnknownRealmException extends SQLNonTransientConnectionException {
  private static final long serialVersionUID = 1;

  UnknownRealmException(Route route) {
    super(
        "tenant '"
            + route.tenant()
            + "' lives in realm "
            + route.realm()
            + ", which is not configured here",
        "08004");
  }
}
