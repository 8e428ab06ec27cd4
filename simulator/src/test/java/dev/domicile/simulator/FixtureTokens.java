package dev.domicile.simulator;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How the fixture app verifies tokens, with the defects it may have. */
final class FixtureTokens {
  private final Set<Defect> defects;
  private final URI keys;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> known = new ConcurrentHashMap<>();

  FixtureTokens(Set<Defect> defects, URI keys) {
    this.defects = defects;
    this.keys = keys;
  }

  /** Whom a token claims to be of; empty if it cannot be read. */
  static Optional<String> issuer(String token) {
    try {
      return Optional.ofNullable(JWTParser.parse(token).getJWTClaimsSet().getIssuer());
    } catch (Exception e) {
      return Optional.empty();
    }
  }

  boolean isOfTenant(String token, String secret, String hash) {
    try {
      if (JWTParser.parse(token) instanceof PlainJWT plain) {
        return defects.contains(Defect.ACCEPTS_NONE) && isFor(plain.getJWTClaimsSet(), hash);
      }
      SignedJWT signed = SignedJWT.parse(token);
      return isFor(signed.getJWTClaimsSet(), hash) && isSigned(signed, secret);
    } catch (Exception e) {
      return false;
    }
  }

  /** Whether an install is signed by the published key for this app and tenant. */
  boolean isLifecycle(String token, String clientKey, String hash, Set<String> audiences) {
    if (defects.contains(Defect.INSTALLS_UNVERIFIED)) {
      return true;
    }
    try {
      SignedJWT signed = SignedJWT.parse(token);
      JWTClaimsSet claims = signed.getJWTClaimsSet();
      String pem = pem(signed.getHeader().getKeyID());
      byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]*-----", ""));
      PublicKey key = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
      return signed.getHeader().getAlgorithm().equals(JWSAlgorithm.RS256)
          && signed.verify(new RSASSAVerifier((RSAPublicKey) key))
          && audiences.contains(claims.getAudience().get(0))
          && clientKey.equals(claims.getIssuer())
          && hash.equals(claims.getStringClaim("qsh"))
          && Instant.now().isBefore(claims.getExpirationTime().toInstant());
    } catch (Exception e) {
      return false;
    }
  }

  private boolean isFor(JWTClaimsSet claims, String hash) throws Exception {
    String claimed = claims.getStringClaim("qsh");
    boolean fresh =
        Instant.now().isBefore(claims.getExpirationTime().toInstant())
            || defects.contains(Defect.IGNORES_EXPIRY);
    boolean bound =
        hash.equals(claimed)
            || (claimed == null && defects.contains(Defect.ACCEPTS_NO_HASH))
            || ("context-qsh".equals(claimed) && defects.contains(Defect.ACCEPTS_CONTEXT_TOKENS))
            || defects.contains(Defect.ACCEPTS_ANY_HASH);
    return fresh && bound;
  }

  private boolean isSigned(SignedJWT token, String secret) throws Exception {
    if (defects.contains(Defect.ANY_SIGNATURE)) {
      return true;
    }
    boolean pinned =
        token.getHeader().getAlgorithm().equals(JWSAlgorithm.HS256)
            || defects.contains(Defect.ALGORITHM_BY_TOKEN);
    if (pinned && verifies(token, secret)) {
      return true;
    }
    return defects.contains(Defect.PUBLIC_KEY_SIGNS)
        && known.values().stream().anyMatch(pem -> verifies(token, pem));
  }

  private static boolean verifies(JWSObject token, String secret) {
    try {
      return token.verify(new MACVerifier(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (Exception e) {
      return false;
    }
  }

  private String pem(String keyId) throws Exception {
    String cached = known.get(keyId);
    if (cached != null) {
      return cached;
    }
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(keys + "/" + keyId)).build(),
            BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException("no key " + keyId);
    }
    known.put(keyId, response.body());
    return response.body();
  }
}
