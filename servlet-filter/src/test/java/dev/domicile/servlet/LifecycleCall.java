package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.domicile.router.TenantId;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Date;

/**
 * An {@code installed} or {@code uninstalled} call as Atlassian makes it, to be spoilt by tests.
 */
final class LifecycleCall {
  static final String KID = "5b7a7b1e-1c2e-4c53-9a35-0d4b6b9f2a11";

  final JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder();
  final ObjectNode body = JsonNodeFactory.instance.objectNode();
  String kid = KID;
  PrivateKey key;
  String event;

  LifecycleCall(
      String event, TenantId tenant, String secret, String audience, Instant now, PrivateKey key) {
    this.event = event;
    this.key = key;
    claims
        .issuer(tenant.clientKey())
        .audience(audience)
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(900)))
        .claim("qsh", CanonicalRequest.sha256("POST&/" + event + "&"));
    body.put("eventType", event)
        .put("key", "com.example.app")
        .put("clientKey", tenant.clientKey())
        .put("baseUrl", "https://site.atlassian.net")
        .put("displayUrl", "https://site.example.com")
        .put("productType", "jira")
        .put("unknown", "ignored");
    if (event.equals("installed")) {
      body.put("sharedSecret", secret);
    }
  }

  String token() {
    SignedJWT jwt =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(kid).build(), claims.build());
    try {
      jwt.sign(new RSASSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return jwt.serialize();
  }

  byte[] bytes() {
    return body.toString().getBytes(UTF_8);
  }
}
