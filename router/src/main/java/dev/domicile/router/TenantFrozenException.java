package dev.domicile.router;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** The tenant is in cutover; the caller may try again in a moment. */
public final class TenantFrozenException extends SQLTransientConnectionException {
  /**
   * The SQLSTATE with which a realm's database refuses a statement that would write rows of a
   * tenant that is being moved away from there, or has moved.
   */
  public static final String FENCED = "DM001";

  private static final long serialVersionUID = 1;

  TenantFrozenException(TenantId tenant) {
    super("tenant '" + tenant + "' is being moved; try again in a moment", "08004");
  }

  /**
   * Whether an error comes of a cutover: it, or what caused it, is of this type or has the SQLSTATE
   * {@link #FENCED}. The same work may succeed in a moment, in a new scope and transaction.
   */
  public static boolean isBehind(@Nullable Throwable error) {
    return error != null
        && (error instanceof TenantFrozenException
            || (error instanceof SQLException refused && FENCED.equals(refused.getSQLState()))
            || isBehind(error.getCause()));
  }
}
