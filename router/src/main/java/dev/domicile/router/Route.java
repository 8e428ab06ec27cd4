package dev.domicile.router;

import java.time.Instant;

/**
 * Where a tenant lives.
 *
 * @param tenant the tenant
 * @param realm the realm whose database holds the tenant's rows
 * @param state whether the tenant may be served
 * @param epoch grows with each change of the route
 * @param since since when the tenant lives in this realm
 */
public record Route(TenantId tenant, Realm realm, State state, long epoch, Instant since) {

  /** Whether the tenant may be served. */
  public enum State {
    /** Served. */
    ACTIVE,
    /** In cutover: callers are told to come back in a moment. */
    FROZEN
  }
}
