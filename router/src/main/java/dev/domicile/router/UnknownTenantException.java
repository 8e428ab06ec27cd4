package dev.domicile.router;

import java.sql.SQLNonTransientConnectionException;

/** The tenant has no route. It is never sent to a default database instead. */
public final class UnknownTenantException extends SQLNonTransientConnectionException {
  private static final long serialVersionUID = 1;

  UnknownTenantException(TenantId tenant) {
    super("tenant '" + tenant + "' has no route", "08004");
  }
}
