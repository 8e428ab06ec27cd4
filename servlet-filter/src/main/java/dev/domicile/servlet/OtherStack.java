package dev.domicile.servlet;

/**
 * What becomes of an authenticated request that arrives at the stack of another realm than the
 * tenant's route says, as happens between the commit of a migration and the moment from which
 * Atlassian calls the new address.
 */
public enum OtherStack {
  /** It is served, from the database of the tenant's realm, if that is configured here. */
  SERVE,
  /**
   * It is sent to the same path of the tenant's realm by 307, token in the query included; its
   * token is good there too, because the base URL is no part of what it signs. Refused if the realm
   * has no address. Of use to browsers; what an Atlassian service does with it is documented
   * nowhere.
   */
  REDIRECT,
  /** It is refused by 421. */
  REFUSE
}
