package dev.domicile.servlet;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Authenticated;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.Authentication.Refused;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
  private static final Logger log = LoggerFactory.getLogger(ConnectAuthenticator.class);

  private final ConnectConfig config;
  private final SharedSecrets secrets;
  private final InstantSource clock;
  private final PathSet contextTokenPaths;
  private final TokenReader reader = new TokenReader();

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
    return authenticate(request, contextTokenPaths);
  }

  /**
   * An authenticator that believes no token that is bound to no request, whatever paths take one:
   * with such a token of a page, anybody who opens the page could move the tenant.
   */
  public HookAuthenticator forHooks() {
    PathSet none = new PathSet(List.of());
    return request -> authenticate(request, none);
  }

  private Authentication authenticate(ConnectRequest request, PathSet contextTokensAllowed) {
    try {
      return check(request, contextTokensAllowed);
    } catch (RefusedException e) {
      return new Refused(e.reason());
    } catch (SecretUnavailableException e) {
      // One line per request: an outage must not fill the disk with stack traces.
      log.error("A request is refused for the moment: {}", e.getMessage());
      log.debug("Why a secret is unavailable", e);
      return new Refused(Reason.SECRET_UNAVAILABLE);
    }
  }

  private Authenticated check(ConnectRequest request, PathSet contextTokensAllowed)
      throws RefusedException {
    QueryParameters query = TokenChecks.query(request);
    Set<String> tokens = new LinkedHashSet<>(query.values(QueryParameters.TOKEN));
    tokens.addAll(TokenChecks.inHeader(request));
    CompactToken jwt = reader.read(TokenChecks.only(tokens), JWSAlgorithm.HS256);
    JWTClaimsSet claims = jwt.claims();
    TenantId tenant = TokenChecks.issuer(claims, config.appKey());
    checkSignature(jwt, tenant);
    TokenChecks.checkTime(claims, clock.instant());
    String hash = TokenChecks.hash(claims);
    if (!TokenChecks.CONTEXT_QSH.equals(hash) || !contextTokensAllowed.contains(request.path())) {
      TokenChecks.checkHash(hash, request, config.basePath(), query);
    }
    return new Authenticated(tenant, accountId(claims));
  }

  private void checkSignature(CompactToken jwt, TenantId tenant) throws RefusedException {
    SharedSecret secret =
        secrets.find(tenant).orElseThrow(() -> new RefusedException(Reason.UNKNOWN_ISSUER));
    Reason refusal = signatureRefusal(jwt, tenant, secret);
    if (refusal == null) {
      return;
    }
    Optional<SharedSecret> replaced =
        secrets.findAgain(tenant).filter(again -> !again.equals(secret));
    if (replaced.isPresent()) {
      refusal = signatureRefusal(jwt, tenant, replaced.get());
    }
    if (refusal == null) {
      return;
    }
    Optional<SharedSecret> previous = secrets.findPrevious(tenant);
    if (previous.isEmpty() || signatureRefusal(jwt, tenant, previous.get()) != null) {
      throw new RefusedException(refusal);
    }
  }

  private static @Nullable Reason signatureRefusal(
      CompactToken jwt, TenantId tenant, SharedSecret secret) {
    if (secret.isTooShort()) {
      log.warn("{}: its shared secret has fewer than 32 bytes; its requests are refused", tenant);
      return Reason.WEAK_SECRET;
    }
    return secret.hasSigned(jwt) ? null : Reason.WRONG_SIGNATURE;
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
