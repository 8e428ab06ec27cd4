package dev.domicile.servlet;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeyLengthException;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Authenticated;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.Authentication.Refused;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which tenant's product signed a request.
 *
 * <p>A token is believed if the shared secret of its issuer signed it by HS256, whatever its header
 * says, if its time is now, give or take 30 seconds, and if it is bound to this very request. A
 * token bound to no request ({@code context-qsh}) is believed only on the paths configured for it.
 * No exception leaves it because of what a request holds. Thread-safe.
 */
public final class ConnectAuthenticator {
  /** What a token says in place of a hash if it is bound to no request. */
  static final String CONTEXT_QSH = "context-qsh";

  private static final Logger log = LoggerFactory.getLogger(ConnectAuthenticator.class);
  private static final String SCHEME = "JWT ";
  private static final int MAX_TOKEN_LENGTH = 8 * 1024;

  /** Stricter than the parser, which trims and skips what it does not know. */
  private static final Pattern COMPACT =
      Pattern.compile("[A-Za-z0-9_-]++\\.[A-Za-z0-9_-]++\\.[A-Za-z0-9_-]++");

  private static final Duration LEEWAY = Duration.ofSeconds(30);

  private final ConnectConfig config;
  private final SharedSecrets secrets;
  private final InstantSource clock;
  private final PathSet contextTokenPaths;

  /** An authenticator of requests to the app that the configuration describes. */
  public ConnectAuthenticator(ConnectConfig config, SharedSecrets secrets, InstantSource clock) {
    this.config = config;
    this.secrets = secrets;
    this.clock = clock;
    this.contextTokenPaths = new PathSet(config.contextTokenPaths());
  }

  ConnectConfig config() {
    return config;
  }

  /** Whose request it is. */
  public Authentication authenticate(ConnectRequest request) {
    QueryParameters query;
    try {
      query = QueryParameters.parse(request.rawQuery());
    } catch (MalformedRequestException e) {
      return new Refused(Reason.MALFORMED_QUERY);
    }
    Set<String> tokens = tokens(request, query);
    if (tokens.size() != 1) {
      return new Refused(tokens.isEmpty() ? Reason.NO_TOKEN : Reason.TWO_TOKENS);
    }
    String token = tokens.iterator().next();
    if (token.length() > MAX_TOKEN_LENGTH) {
      return new Refused(Reason.TOKEN_TOO_LONG);
    }
    if (!COMPACT.matcher(token).matches()) {
      return new Refused(Reason.MALFORMED_TOKEN);
    }
    try {
      SignedJWT jwt = parse(token);
      return authenticate(jwt, jwt.getJWTClaimsSet(), request, query);
    } catch (ParseException e) {
      return new Refused(Reason.MALFORMED_TOKEN);
    } catch (SecretUnavailableException e) {
      // One line per request: an outage must not fill the disk with stack traces.
      log.error("A request is refused for the moment: {}", e.getMessage());
      log.debug("Why a secret is unavailable", e);
      return new Refused(Reason.SECRET_UNAVAILABLE);
    }
  }

  private static SignedJWT parse(String token) throws ParseException {
    try {
      return SignedJWT.parse(token);
    } catch (NullPointerException e) {
      // The parser does not expect a header that is the JSON value null.
      throw new ParseException("the header is null", 0);
    }
  }

  private static Set<String> tokens(ConnectRequest request, QueryParameters query) {
    Set<String> tokens = new LinkedHashSet<>(query.values(QueryParameters.TOKEN));
    for (String credentials : request.authorization()) {
      if (credentials.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        tokens.add(credentials.substring(SCHEME.length()).strip());
      }
    }
    return tokens;
  }

  private Authentication authenticate(
      SignedJWT jwt, JWTClaimsSet claims, ConnectRequest request, QueryParameters query)
      throws ParseException {
    if (!JWSAlgorithm.HS256.equals(jwt.getHeader().getAlgorithm())) {
      return new Refused(Reason.WRONG_ALGORITHM);
    }
    // The last character has two bits to spare; one signature should have one spelling.
    if (!Base64URL.encode(jwt.getSignature().decode()).equals(jwt.getSignature())) {
      return new Refused(Reason.MALFORMED_TOKEN);
    }
    String issuer = claims.getIssuer();
    if (issuer == null) {
      return new Refused(Reason.MISSING_CLAIM);
    }
    if (issuer.equals(config.appKey())) {
      return new Refused(Reason.ISSUED_BY_APP);
    }
    Optional<TenantId> tenant = tenant(issuer);
    if (tenant.isEmpty()) {
      return new Refused(Reason.UNKNOWN_ISSUER);
    }
    Reason refusal = checkSignature(jwt, tenant.get());
    if (refusal == null) {
      refusal = checkTime(claims);
    }
    if (refusal == null) {
      refusal = checkRequest(claims.getStringClaim("qsh"), request, query);
    }
    return refusal == null
        ? new Authenticated(tenant.get(), accountId(claims))
        : new Refused(refusal);
  }

  private static Optional<TenantId> tenant(String issuer) {
    try {
      return Optional.of(new TenantId(issuer));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private @Nullable Reason checkSignature(SignedJWT jwt, TenantId tenant) {
    Optional<SharedSecret> secret = secrets.find(tenant);
    if (secret.isEmpty()) {
      return Reason.UNKNOWN_ISSUER;
    }
    Reason refusal = checkSignature(jwt, tenant, secret.get());
    if (refusal == null) {
      return null;
    }
    Optional<SharedSecret> replaced = secrets.findAgain(tenant);
    return replaced.isEmpty() || replaced.equals(secret)
        ? refusal
        : checkSignature(jwt, tenant, replaced.get());
  }

  private static @Nullable Reason checkSignature(
      SignedJWT jwt, TenantId tenant, SharedSecret secret) {
    try {
      return jwt.verify(new MACVerifier(secret.bytes())) ? null : Reason.WRONG_SIGNATURE;
    } catch (KeyLengthException e) {
      log.warn("{}: its shared secret has fewer than 32 bytes; its requests are refused", tenant);
      return Reason.WEAK_SECRET;
    } catch (JOSEException e) {
      return Reason.WRONG_SIGNATURE;
    }
  }

  private @Nullable Reason checkTime(JWTClaimsSet claims) {
    Date expires = claims.getExpirationTime();
    Date notBefore = claims.getNotBeforeTime();
    if (expires == null || claims.getIssueTime() == null) {
      return Reason.MISSING_CLAIM;
    }
    Instant now = clock.instant();
    if (!now.isBefore(expires.toInstant().plus(LEEWAY))) {
      return Reason.EXPIRED;
    }
    return notBefore != null && now.isBefore(notBefore.toInstant().minus(LEEWAY))
        ? Reason.NOT_YET_VALID
        : null;
  }

  private @Nullable Reason checkRequest(
      @Nullable String hash, ConnectRequest request, QueryParameters query) {
    if (hash == null) {
      return Reason.MISSING_CLAIM;
    }
    if (hash.equals(CONTEXT_QSH)) {
      return contextTokenPaths.contains(request.path()) ? null : Reason.CONTEXT_TOKEN;
    }
    CanonicalRequest canonical =
        new CanonicalRequest(request.method(), request.rawPath(), config.basePath(), query);
    return canonical.hasHash(hash) ? null : Reason.OTHER_REQUEST;
  }

  /** The older claim {@code context} wins over {@code sub}, as in Atlassian's own libraries. */
  private static @Nullable String accountId(JWTClaimsSet claims) {
    if (claims.getClaim("context") instanceof Map<?, ?> context
        && context.get("user") instanceof Map<?, ?> user
        && user.get("accountId") instanceof String accountId) {
      return accountId;
    }
    return claims.getSubject();
  }
}
