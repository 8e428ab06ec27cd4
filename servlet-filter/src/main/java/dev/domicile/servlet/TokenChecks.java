package dev.domicile.servlet;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Reason;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is checked alike on every token of the protocol, whoever signed it. */
final class TokenChecks {
  /** What a token says in place of a hash if it is bound to no request. */
  static final String CONTEXT_QSH = "context-qsh";

  private static final String SCHEME = "JWT ";
  private static final int MAX_TOKEN_LENGTH = 8 * 1024;

  private static final Duration LEEWAY = Duration.ofSeconds(30);

  private TokenChecks() {}

  static Set<String> inHeader(ConnectRequest request) {
    Set<String> tokens = new LinkedHashSet<>();
    for (String credentials : request.authorization()) {
      if (credentials.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        tokens.add(credentials.substring(SCHEME.length()).strip());
      }
    }
    return tokens;
  }

  /** The one token among those that were sent. */
  static String only(Set<String> tokens) throws RefusedException {
    if (tokens.size() != 1) {
      throw new RefusedException(tokens.isEmpty() ? Reason.NO_TOKEN : Reason.TWO_TOKENS);
    }
    String token = tokens.iterator().next();
    if (token.length() > MAX_TOKEN_LENGTH) {
      throw new RefusedException(Reason.TOKEN_TOO_LONG);
    }
    if (!isCompact(token)) {
      throw new RefusedException(Reason.MALFORMED_TOKEN);
    }
    return token;
  }

  /**
   * Three parts of Base64; stricter than the parser, which trims and skips what it does not know.
   */
  private static boolean isCompact(String token) {
    int dots = 0;
    int partLength = 0;
    for (int i = 0; i < token.length(); i++) {
      char each = token.charAt(i);
      if (each == '.') {
        if (partLength == 0) {
          return false;
        }
        dots++;
        partLength = 0;
      } else if (isBase64(each)) {
        partLength++;
      } else {
        return false;
      }
    }
    return dots == 2 && partLength > 0;
  }

  private static boolean isBase64(char each) {
    return (each >= 'a' && each <= 'z')
        || (each >= 'A' && each <= 'Z')
        || (each >= '0' && each <= '9')
        || each == '-'
        || each == '_';
  }

  static QueryParameters query(ConnectRequest request) throws RefusedException {
    try {
      return QueryParameters.parse(request.rawQuery());
    } catch (MalformedRequestException e) {
      throw new RefusedException(Reason.MALFORMED_QUERY);
    }
  }

  /** The issuer, which is a tenant and not the app itself. */
  static TenantId issuer(JWTClaimsSet claims, String appKey) throws RefusedException {
    String issuer = claims.getIssuer();
    if (issuer == null) {
      throw new RefusedException(Reason.MISSING_CLAIM);
    }
    if (issuer.equals(appKey)) {
      throw new RefusedException(Reason.ISSUED_BY_APP);
    }
    try {
      return new TenantId(issuer);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Reason.UNKNOWN_ISSUER);
    }
  }

  /** The time is now, give or take 30 seconds. */
  static void checkTime(JWTClaimsSet claims, Instant now) throws RefusedException {
    Date expires = claims.getExpirationTime();
    Date notBefore = claims.getNotBeforeTime();
    if (expires == null || claims.getIssueTime() == null) {
      throw new RefusedException(Reason.MISSING_CLAIM);
    }
    if (!now.isBefore(expires.toInstant().plus(LEEWAY))) {
      throw new RefusedException(Reason.EXPIRED);
    }
    if (notBefore != null && now.isBefore(notBefore.toInstant().minus(LEEWAY))) {
      throw new RefusedException(Reason.NOT_YET_VALID);
    }
  }

  /** When it was issued, which is not in the future, give or take 30 seconds. */
  static Instant issuedAt(JWTClaimsSet claims, Instant now) throws RefusedException {
    Date issued = claims.getIssueTime();
    if (issued == null) {
      throw new RefusedException(Reason.MISSING_CLAIM);
    }
    if (now.isBefore(issued.toInstant().minus(LEEWAY))) {
      throw new RefusedException(Reason.NOT_YET_VALID);
    }
    return issued.toInstant();
  }

  /** The claim {@code qsh}, or null if there is none. */
  static @Nullable String hash(JWTClaimsSet claims) throws RefusedException {
    try {
      return claims.getStringClaim("qsh");
    } catch (ParseException e) {
      throw new RefusedException(Reason.MALFORMED_TOKEN);
    }
  }

  /** The token is bound to this very request. */
  static void checkHash(
      @Nullable String hash, ConnectRequest request, String basePath, QueryParameters query)
      throws RefusedException {
    if (hash == null) {
      throw new RefusedException(Reason.MISSING_CLAIM);
    }
    if (hash.equals(CONTEXT_QSH)) {
      throw new RefusedException(Reason.CONTEXT_TOKEN);
    }
    CanonicalRequest canonical =
        new CanonicalRequest(request.method(), request.rawPath(), basePath, query);
    if (!canonical.hasHash(hash)) {
      throw new RefusedException(Reason.OTHER_REQUEST);
    }
  }
}
