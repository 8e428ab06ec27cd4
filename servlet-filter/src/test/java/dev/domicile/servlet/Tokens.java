package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.domicile.router.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Tokens made by hand, as no library would make them, and tokens made elsewhere. */
final class Tokens {
  static final TenantId TENANT = new TenantId("11111111-2222-3333-4444-555555555555");
  static final SharedSecret SECRET = new SharedSecret("0123456789abcdef0123456789abcdef");
  static final Instant ISSUED = Instant.ofEpochSecond(1_700_000_000);
  static final InstantSource CLOCK = InstantSource.fixed(ISSUED.plusSeconds(60));
  static final String SCHEDULE = "/my-cool-migration-hook/schedule";
  static final String SCHEDULE_HASH =
      "b2ee2884b7c285ef53b3908881f26af3535b04802d6b066b8fd8ac686baa450f";
  static final String HEADER = "{\"typ\":\"JWT\",\"alg\":\"HS256\"}";

  // Made with npm's atlassian-jwt 2.0.3.
  static final String SCHEDULE_TOKEN =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDE4MCwicXNoIjoiYjJlZTI4ODRiN2MyODVlZjUzYjM5MDg4ODFmMjZhZjM1MzViMDQ4MDJkNmIwNjZiOGZkOGFjNjg2YmFhNDUwZiJ9.KxQfBzhfZV42E8uFzBoxl-pK6B0_5oTtMLFUEwMloXM";
  static final String STATUS_TOKEN =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDE4MCwicXNoIjoiNTJjZTljMDcwYjllNmI2Y2I2MGE2MjEwZDBiYWQ1MTAwNDkzMDI0MTVjOWJmNGFkM2E4NWM3NDUzOGJlYmQzOCJ9.w6i2xwvyIx3NezI0-jdZ6_1w_W-v72nEeeVuDbSCJzM";
  static final String CONTEXT_TOKEN =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDE4MCwicXNoIjoiY29udGV4dC1xc2giLCJzdWIiOiI1NTcwNTg6YWNjdCJ9.5t8SErqs3cDFyF54Bfi2atuOuHbYRbK8NEM6bhNOrd0";
  static final String SELF_AUTHENTICATION_TOKEN =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJjb20uZXhhbXBsZS5hcHAiLCJhdWQiOlsiY29tLmV4YW1wbGUuYXBwIl0sImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAwOTAwLCJxc2giOiJjb250ZXh0LXFzaCIsImNsaWVudEtleSI6IjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU1NSJ9.6UM9La2yi77Kjqnz4Ve8v2iomv-kw9I5uzAapi6c8N8";
  static final String HS512_TOKEN =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.eyJpc3MiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDE4MH0.HkJX2n9sAJSaf3-NsVbotEMQtP064F46SefLmExRlCN9ua1NPSMES2Yn4KIsTIWLTzs94nsnI9twMZgogfI73w";

  private Tokens() {}

  static String claims(String... pairs) {
    return "{" + String.join(",", pairs) + "}";
  }

  static String good() {
    return "\"iss\":\"" + TENANT + "\",\"iat\":1700000000,\"exp\":1700000180";
  }

  static String bound() {
    return "\"qsh\":\"" + SCHEDULE_HASH + "\"";
  }

  static String token(String header, String claims, String secret) {
    return token(header, claims, secret, "HmacSHA256");
  }

  static String token(String header, String claims, String secret, String algorithm) {
    String signed = base64(header.getBytes(UTF_8)) + "." + base64(claims.getBytes(UTF_8));
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), algorithm));
      return signed + "." + base64(mac.doFinal(signed.getBytes(UTF_8)));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static ConnectRequest schedule(String token) {
    return request("POST", SCHEDULE, null, token);
  }

  static ConnectRequest request(
      String method, String path, @Nullable String query, String... tokens) {
    return new ConnectRequest(
        method, path, path, query, List.of(tokens).stream().map(each -> "JWT " + each).toList());
  }
}
