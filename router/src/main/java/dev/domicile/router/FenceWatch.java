package dev.domicile.router;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import java.util.function.Consumer;

/**
 * Is shown the errors of lent connections by their pool, which costs nothing where there are none.
 *
 * @param fenced is given the tenant of this thread if a fence refused its statement
 */
record FenceWatch(Consumer<TenantId> fenced) implements SQLExceptionOverride {

  /** What a fence refuses says nothing against the connection. */
  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException error) {
    TenantId tenant = TenantContext.boundTo();
    if (tenant != null && TenantFrozenException.FENCED.equals(error.getSQLState())) {
      fenced.accept(tenant);
    }
    return SQLExceptionOverride.Override.CONTINUE_EVICT;
  }
}
