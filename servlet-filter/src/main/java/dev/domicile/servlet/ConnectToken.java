package dev.domicile.servlet;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests to the app as a tenant's product does: for tests, simulators and example clients.
 * An app that only receives requests has no use for it.
 *
 * @param tenant the tenant in whose name requests are signed
 * @param secret its shared secret; 32 bytes or more
 * @param clock says when a token is issued; it is valid for three minutes
 * @param accountId the Atlassian account of the user, or null if there is none, as for hooks
 */
public record ConnectToken(
    TenantId tenant, SharedSecret secret, InstantSource clock, @Nullable String accountId) {
  private static final Duration LIFETIME = Duration.ofMinutes(3);

  /** Checks that the parts are there. */
  public ConnectToken {
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(secret, "secret");
    Objects.requireNonNull(clock, "clock");
  }

  /** Tokens of the product itself, without a user. */
  public ConnectToken(TenantId tenant, SharedSecret secret, InstantSource clock) {
    this(tenant, secret, clock, null);
  }

  /**
   * A compact JWT that is good for one request.
   *
   * @param path the path as it will be sent, with its escapes, after the path of the app's base URL
   * @param query the query as it will be sent, or null if there is none; a parameter {@code jwt} in
   *     it does not count
   * @throws IllegalArgumentException if the query is not percent-encoded UTF-8 or the secret is too
   *     short
   */
  public String sign(String method, String path, @Nullable String query) {
    try {
      return signed(new CanonicalRequest(method, path, "", QueryParameters.parse(query)).hash());
    } catch (MalformedRequestException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * A compact JWT that is bound to no request, as the product gives it to the app's pages.
   *
   * @throws IllegalArgumentException if the secret is too short
   */
  public String context() {
    return signed(TokenChecks.CONTEXT_QSH);
  }

  private String signed(String hash) {
    Instant now = clock.instant();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(tenant.clientKey())
            .subject(accountId)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(LIFETIME)))
            .claim("qsh", hash)
            .build();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).type(JOSEObjectType.JWT).build(), claims);
    try {
      jwt.sign(new MACSigner(secret.bytes()));
    } catch (JOSEException e) {
      throw new IllegalArgumentException("the secret of tenant '" + tenant + "' cannot sign", e);
    }
    return jwt.serialize();
  }
}
