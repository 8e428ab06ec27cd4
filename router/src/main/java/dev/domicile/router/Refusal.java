package dev.domicile.router;

/** Why a caller got no route, no connection, or could not use it. */
public enum Refusal {
  /** No tenant was in scope: an error of the program. */
  NO_TENANT,
  /** The tenant has no route. */
  UNKNOWN_TENANT,
  /** Its route names a realm that is not configured here. */
  UNKNOWN_REALM,
  /** It is in cutover. */
  TENANT_FROZEN,
  /** It got a connection, and the fence in its realm's database refused a statement. */
  TENANT_FENCED,
  /** Its route is not cached and cannot be read. */
  ROUTE_UNAVAILABLE,
  /** Its realm's database does not answer, or too many callers wait for it. */
  REALM_UNAVAILABLE
}
