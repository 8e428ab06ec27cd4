package dev.domicile.benchmarks;

import com.atlassian.connect.spring.internal.jwt.CanonicalHttpServletRequest;
import com.atlassian.connect.spring.internal.jwt.HttpRequestCanonicalizer;
import com.atlassian.connect.spring.internal.jwt.JwtParser;
import com.atlassian.connect.spring.internal.jwt.SymmetricJwtReader;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The check that Atlassian's Spring Boot library 4.1.1 makes of a request, by its own classes and
 * in its own order: {@code JwtAuthenticationFilter}, {@code JwtAuthenticationProvider} and {@code
 * RequireAuthenticationHandlerInterceptor}, without Spring around them and with the host at hand
 * that the library reads from a table.
 */
final class AtlassianCheck {
  private static final String SCHEME = "JWT ";

  private final Map<String, String> secrets;

  /** Hosts by their client keys. */
  AtlassianCheck(Map<String, String> secrets) {
    this.secrets = secrets;
  }

  /** The client key of whoever signed the request. */
  String authenticate(HttpServletRequest request) throws Exception {
    String token = token(request);
    JWTClaimsSet unverified = new JwtParser().parse(token);
    String secret = Objects.requireNonNull(secrets.get(unverified.getIssuer()), "the host");
    JWTClaimsSet claims =
        new SymmetricJwtReader(new MACVerifier(secret)).readAndVerify(token, null);
    String hash =
        HttpRequestCanonicalizer.computeCanonicalRequestHash(
            new CanonicalHttpServletRequest(request));
    if (!hash.equals(
        claims.getStringClaim(HttpRequestCanonicalizer.QUERY_STRING_HASH_CLAIM_NAME))) {
      throw new IllegalStateException("the token is for another request");
    }
    return claims.getIssuer();
  }

  private static String token(HttpServletRequest request) {
    @Nullable String header = request.getHeader("Authorization");
    return header != null && header.startsWith(SCHEME)
        ? header.substring(SCHEME.length())
        : Objects.requireNonNull(request.getParameter("jwt"), "the token");
  }
}
