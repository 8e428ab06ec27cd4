package dev.domicile.servlet;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.RemoteKeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Authenticated;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.Authentication.Refused;
import java.net.MalformedURLException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out for which tenant Forge calls: by a Forge invocation token ({@code Authorization:
 * Bearer}), signed by RS256 and nothing else with a key that Atlassian publishes, issued by {@code
 * forge/invocation-token} for this app ("Remote realm migration" and "Forge Remote", Atlassian
 * developer documentation). Such a token has no hash of the request: it is good for any hook until
 * it ends, so that its lifetime is all that bounds a replay.
 *
 * <p>Keys are cached for a quarter of an hour, fetched anew for an unknown name at most once in 30
 * seconds, and used for a day after Atlassian stops answering. Thread-safe.
 */
public final class ForgeAuthenticator implements HookAuthenticator {
  /** Where Atlassian publishes the keys of its production. */
  public static final URI ATLASSIAN =
      URI.create("https://forge.cdn.prod.atlassian-dev.net/.well-known/jwks.json");

  private static final Logger log = LoggerFactory.getLogger(ForgeAuthenticator.class);
  private static final String ISSUER = "forge/invocation-token";
  private static final String SCHEME = "Bearer ";
  private static final int TIME_LIMIT_MILLIS = 700;
  private static final int MAXIMUM_BYTES = 64 * 1024;
  private static final Duration LIFETIME = Duration.ofMinutes(15);
  private static final Duration OUTAGE = Duration.ofHours(24);

  private final String appId;
  private final ForgeTenants tenants;
  private final InstantSource clock;
  private final TokenReader reader = new TokenReader();
  private final DefaultJWTProcessor<SecurityContext> signature = new DefaultJWTProcessor<>();

  /**
   * An authenticator of calls to one app.
   *
   * @param appId the app's ARI, which the token's audience has to be
   * @param keys {@link #ATLASSIAN}, or that of a test
   * @throws IllegalArgumentException if the keys are neither at https nor on this machine
   */
  public ForgeAuthenticator(String appId, URI keys, ForgeTenants tenants, InstantSource clock) {
    KeySource.requireSafe(keys);
    this.appId = appId;
    this.tenants = tenants;
    this.clock = clock;
    signature.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, keySource(keys)));
    // Times and names are checked here, by the same rules as everywhere else.
    signature.setJWTClaimsSetVerifier((claims, context) -> {});
  }

  @Override
  public Authentication authenticate(ConnectRequest request) {
    try {
      return check(request);
    } catch (RefusedException e) {
      return new Refused(e.reason());
    }
  }

  private Authentication check(ConnectRequest request) throws RefusedException {
    CompactToken jwt = reader.read(TokenChecks.only(bearer(request)), JWSAlgorithm.RS256);
    JWTClaimsSet claims = jwt.claims();
    // Cheap checks first: what fails them must not cost a fetch of keys.
    if (!ISSUER.equals(claims.getIssuer())) {
      throw new RefusedException(Reason.UNKNOWN_ISSUER);
    }
    if (!claims.getAudience().equals(List.of(appId))) {
      throw new RefusedException(Reason.WRONG_AUDIENCE);
    }
    TokenChecks.checkTime(claims, clock.instant());
    TokenChecks.issuedAt(claims, clock.instant());
    checkSignature(jwt);
    String installation = text(claims, "app", "installationId");
    if (installation == null) {
      throw new RefusedException(Reason.MISSING_CLAIM);
    }
    TenantId tenant =
        tenants
            .find(installation, text(claims, "context", "cloudId"))
            .orElseThrow(() -> new RefusedException(Reason.UNKNOWN_ISSUER));
    return new Authenticated(tenant, null);
  }

  private void checkSignature(CompactToken jwt) throws RefusedException {
    if (jwt.header().getKeyID() == null) {
      throw new RefusedException(Reason.UNKNOWN_KEY);
    }
    try {
      var unused = signature.process(jwt.text(), null);
    } catch (RemoteKeySourceException e) {
      log.error("Forge's published keys cannot be fetched: {}", e.getMessage());
      throw new RefusedException(Reason.KEY_UNAVAILABLE);
    } catch (KeySourceException e) {
      log.warn("Forge's published keys are not fetched again yet: {}", e.getMessage());
      throw new RefusedException(Reason.TOO_MANY_KEYS);
    } catch (BadJOSEException | JOSEException | ParseException e) {
      throw new RefusedException(Reason.WRONG_SIGNATURE);
    }
  }

  private static Set<String> bearer(ConnectRequest request) {
    Set<String> tokens = new LinkedHashSet<>();
    for (String credentials : request.authorization()) {
      if (credentials.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        tokens.add(credentials.substring(SCHEME.length()).strip());
      }
    }
    return tokens;
  }

  private static @Nullable String text(JWTClaimsSet claims, String object, String field) {
    return claims.getClaim(object) instanceof Map<?, ?> map && map.get(field) instanceof String text
        ? text
        : null;
  }

  private static JWKSource<SecurityContext> keySource(URI keys) {
    try {
      return JWKSourceBuilder.<SecurityContext>create(
              keys.toURL(),
              new DefaultResourceRetriever(TIME_LIMIT_MILLIS, TIME_LIMIT_MILLIS, MAXIMUM_BYTES))
          .cache(LIFETIME.toMillis(), Duration.ofSeconds(5).toMillis())
          .rateLimited(Duration.ofSeconds(30).toMillis())
          .outageTolerant(OUTAGE.toMillis())
          .retrying(false)
          .build();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("keys: expected an address", e);
    }
  }
}
