package dev.domicile.simulator;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.Optional;

/** Makes the tokens of the product and the service, and tokens that an app has to refuse. */
final class Tokens {
  private static final Duration LIFETIME = Duration.ofMinutes(3);
  private static final Duration LONG_AGO = Duration.ofMinutes(10);

  private final InstantSource clock;
  private final RSAKey installKey;
  private final String installKeyPem;

  Tokens(InstantSource clock, RSAKey installKey, String installKeyPem) {
    this.clock = clock;
    this.installKey = installKey;
    this.installKeyPem = installKeyPem;
  }

  /** The id of the published key. */
  String installKeyId() {
    return installKey.getKeyID();
  }

  /** The token of a request that the tenant's product, or the service on its behalf, makes. */
  String tenant(Credentials credentials, String hash) {
    return hmac(JWSAlgorithm.HS256, credentials.sharedSecret(), claims(credentials, hash).build());
  }

  /** The token of a lifecycle call: RS256 by the published key, the app as audience. */
  String lifecycle(Credentials credentials, String hash, URI audience) {
    return lifecycle(credentials, hash, audience, installKey);
  }

  String lifecycle(Credentials credentials, String hash, URI audience, RSAKey key) {
    JWTClaimsSet claims = claims(credentials, hash).audience(audience.toString()).build();
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .type(JOSEObjectType.JWT)
            .keyID(key.getKeyID())
            .build();
    try {
      return signed(header, new RSASSASigner(key), claims);
    } catch (JOSEException e) {
      throw new IllegalStateException("the key signs", e);
    }
  }

  /** A token with a flaw; empty where the flaw is to send none. */
  Optional<String> flawed(Flaw flaw, Credentials credentials, String hash) {
    String secret = credentials.sharedSecret();
    JWTClaimsSet good = claims(credentials, hash).build();
    return switch (flaw) {
      case UNSIGNED -> Optional.empty();
      case NO_ALGORITHM -> Optional.of(new PlainJWT(good).serialize());
      case WRONG_SECRET -> Optional.of(tenant(credentials.rotated(), hash));
      case TAMPERED -> Optional.of(tampered(good, secret));
      case EXPIRED -> Optional.of(hmac(JWSAlgorithm.HS256, secret, expired(credentials, hash)));
      case NO_HASH ->
          Optional.of(
              hmac(
                  JWSAlgorithm.HS256,
                  secret,
                  new JWTClaimsSet.Builder(good).claim("qsh", null).build()));
      case WRONG_HASH -> Optional.of(tenant(credentials, otherHash()));
      case CONTEXT_HASH -> Optional.of(tenant(credentials, "context-qsh"));
      case OTHER_ALGORITHM -> Optional.of(hmac(JWSAlgorithm.HS512, secret, good));
      case PUBLIC_KEY_AS_SECRET -> Optional.of(hmac(JWSAlgorithm.HS256, installKeyPem, good));
    };
  }

  private static String otherHash() {
    URI elsewhere = URI.create("https://app.example.com/elsewhere");
    return QueryStringHash.of("GET", elsewhere, URI.create("https://app.example.com"));
  }

  /** The signature of one token under the claims of another that lives a second longer. */
  private static String tampered(JWTClaimsSet good, String secret) {
    Date later = Date.from(good.getExpirationTime().toInstant().plusSeconds(1));
    JWTClaimsSet changed = new JWTClaimsSet.Builder(good).expirationTime(later).build();
    String claims = hmac(JWSAlgorithm.HS256, secret, changed);
    String signature = hmac(JWSAlgorithm.HS256, secret, good);
    return claims.substring(0, claims.lastIndexOf('.'))
        + signature.substring(signature.lastIndexOf('.'));
  }

  private JWTClaimsSet expired(Credentials credentials, String hash) {
    Instant then = clock.instant().minus(LONG_AGO);
    return claims(credentials, hash)
        .issueTime(Date.from(then.minus(LIFETIME)))
        .expirationTime(Date.from(then))
        .build();
  }

  private JWTClaimsSet.Builder claims(Credentials credentials, String hash) {
    Instant now = clock.instant();
    return new JWTClaimsSet.Builder()
        .issuer(credentials.clientKey())
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plus(LIFETIME)))
        .claim("qsh", hash);
  }

  private static String hmac(JWSAlgorithm algorithm, String secret, JWTClaimsSet claims) {
    JWSHeader header = new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).build();
    try {
      return signed(header, new MACSigner(secret.getBytes(StandardCharsets.UTF_8)), claims);
    } catch (JOSEException e) {
      throw new IllegalStateException("secrets are long enough to sign", e);
    }
  }

  private static String signed(JWSHeader header, JWSSigner signer, JWTClaimsSet claims)
      throws JOSEException {
    SignedJWT token = new SignedJWT(header, claims);
    token.sign(signer);
    return token.serialize();
  }
}
