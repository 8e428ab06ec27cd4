package dev.domicile.router;

import java.sql.SQLTransientConnectionException;

/** The tenant is in cutover; the caller may try again in a moment. */
public final class TenantFrozenException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1;

  TenantFrozenException(TenantId tenant) {
    super("tenant '" + tenant + "' is being moved; try again in a moment", "08004");
  }
}
