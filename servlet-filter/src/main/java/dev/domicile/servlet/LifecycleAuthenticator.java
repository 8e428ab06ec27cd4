package dev.domicile.servlet;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Reason;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Finds out for which tenant Atlassian signed an {@code installed} or {@code uninstalled} call: by
 * RS256 and nothing else, with a published key, for one of the app's addresses, for this very
 * request (Atlassian Connect, "Signed installs", enforced since 29 October 2021). The token is in
 * the header only. The tenant's secret, old or new, signs no such call.
 */
final class LifecycleAuthenticator {
  private final ConnectConfig config;
  private final BaseUrls baseUrls;
  private final InstallKeys keys;
  private final InstantSource clock;
  private final TokenReader reader = new TokenReader();

  LifecycleAuthenticator(
      ConnectConfig config, BaseUrls baseUrls, InstallKeys keys, InstantSource clock) {
    this.config = config;
    this.baseUrls = baseUrls;
    this.keys = keys;
    this.clock = clock;
  }

  /**
   * Whose call it is.
   *
   * @throws RefusedException if that is not known
   */
  Signed authenticate(ConnectRequest request) throws RefusedException {
    QueryParameters query = TokenChecks.query(request);
    String token = TokenChecks.only(TokenChecks.inHeader(request));
    CompactToken jwt = reader.read(token, JWSAlgorithm.RS256);
    JWTClaimsSet claims = jwt.claims();
    // Cheap checks first: what fails them must not cost a fetch of a key.
    TenantId tenant = TokenChecks.issuer(claims, config.appKey());
    Instant now = clock.instant();
    TokenChecks.checkTime(claims, now);
    Instant issued = TokenChecks.issuedAt(claims, now);
    if (!baseUrls.areAudience(claims.getAudience())) {
      throw new RefusedException(Reason.WRONG_AUDIENCE);
    }
    TokenChecks.checkHash(TokenChecks.hash(claims), request, config.basePath(), query);
    checkSignature(jwt);
    return new Signed(tenant, new EventToken(issued, CanonicalRequest.sha256(token)));
  }

  private void checkSignature(CompactToken jwt) throws RefusedException {
    InstallKeys.Lookup lookup = keys.find(jwt.header().getKeyID());
    if (lookup instanceof InstallKeys.Lookup.Missing missing) {
      throw new RefusedException(missing.reason());
    }
    if (!(lookup instanceof InstallKeys.Lookup.Found found) || !isSignedBy(found.key(), jwt)) {
      throw new RefusedException(Reason.WRONG_SIGNATURE);
    }
  }

  private static boolean isSignedBy(RSAPublicKey key, CompactToken jwt) {
    try {
      return jwt.isSignedBy(new RSASSAVerifier(key));
    } catch (JOSEException e) {
      return false;
    }
  }

  /** A call that Atlassian signed for a tenant. */
  record Signed(TenantId tenant, EventToken token) {}
}
