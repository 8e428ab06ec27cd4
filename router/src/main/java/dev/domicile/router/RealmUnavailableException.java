package dev.domicile.router;

import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * The database of the tenant's realm gives no connection: it does not answer, too many callers wait
 * for it, or its pool was closed. The caller may try again.
 */
public final class RealmUnavailableException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1;

  RealmUnavailableException(Realm realm, String problem, @Nullable Throwable cause) {
    super("the database of realm " + realm + " is not available: " + problem, "08001", cause);
  }
}
