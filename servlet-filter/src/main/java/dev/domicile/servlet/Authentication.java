package dev.domicile.servlet;

import dev.domicile.router.TenantId;
import org.jspecify.annotations.Nullable;

/** Whose request it is, or why that is not known. */
public sealed interface Authentication {

  /**
   * The request is the tenant's.
   *
   * @param tenant the tenant whose secret signed the token
   * @param accountId the Atlassian account of the user, or null if the token names none
   */
  record Authenticated(TenantId tenant, @Nullable String accountId) implements Authentication {}

  /**
   * Nobody's request.
   *
   * @param reason for logs and metrics; the sender is not told
   */
  record Refused(Reason reason) implements Authentication {}

  /** Why a request is refused. */
  enum Reason {
    /** It carries no token. */
    NO_TOKEN,
    /** It carries different tokens. */
    TWO_TOKENS,
    /** The token is longer than 8 KiB. */
    TOKEN_TOO_LONG,
    /** The token is not a signed JWT. */
    MALFORMED_TOKEN,
    /** The query is not percent-encoded UTF-8. */
    MALFORMED_QUERY,
    /** The token says that it is signed by something else than this path demands. */
    WRONG_ALGORITHM,
    /** The token was made by the app, not by a product. */
    ISSUED_BY_APP,
    /** The app is not installed at the issuer. */
    UNKNOWN_ISSUER,
    /** The tenant's secret has fewer than 32 bytes. */
    WEAK_SECRET,
    /** The signature does not fit. */
    WRONG_SIGNATURE,
    /** A claim is missing: {@code iss}, {@code iat}, {@code exp} or {@code qsh}. */
    MISSING_CLAIM,
    /** The token's time is over. */
    EXPIRED,
    /** The token's time has not come. */
    NOT_YET_VALID,
    /** The token is bound to no request, and the path demands that it is. */
    CONTEXT_TOKEN,
    /** The token is bound to another request. */
    OTHER_REQUEST,
    /** The tenant's secret cannot be read now; the sender may try again. */
    SECRET_UNAVAILABLE,
    /** The token names no published key, or none that could be one. */
    UNKNOWN_KEY,
    /** Too many unknown keys were asked for of late; the sender may try again. */
    TOO_MANY_KEYS,
    /** The published keys cannot be fetched now; the sender may try again. */
    KEY_UNAVAILABLE,
    /** The token is meant for another app. */
    WRONG_AUDIENCE,
    /** The token is one tenant's and the body another's. */
    OTHER_TENANT,
    /** The token is older than what it would undo, or was used before for something else. */
    REPLAYED
  }
}
