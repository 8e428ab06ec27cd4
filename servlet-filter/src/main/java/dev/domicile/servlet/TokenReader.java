package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.domicile.servlet.Authentication.Reason;
import java.text.ParseException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Takes tokens apart; it verifies nothing. Headers of tokens are all alike, so those that were read
 * of late are kept: a header decides nothing but which token is refused. Thread-safe.
 */
final class TokenReader {
  private static final int KEPT_HEADERS = 100;
  private static final int LONGEST_KEPT = 300;

  /** Far beyond any time of a token, and far from what overflows. */
  private static final double LATEST_SECONDS = 1e11;

  private static final List<String> TIMES = List.of("exp", "iat", "nbf");

  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build()
          .readerForMapOf(Object.class);

  private final Cache<String, JWSHeader> headers =
      Caffeine.newBuilder().maximumSize(KEPT_HEADERS).build();

  /** Reads a token whose header has to name the algorithm; the algorithm is never taken from it. */
  CompactToken read(String token, JWSAlgorithm algorithm) throws RefusedException {
    int first = token.indexOf('.');
    int last = token.lastIndexOf('.');
    String signature = token.substring(last + 1);
    try {
      JWSHeader header = header(token.substring(0, first));
      JWTClaimsSet claims = claims(token.substring(first + 1, last));
      if (!algorithm.equals(header.getAlgorithm())) {
        throw new RefusedException(Reason.WRONG_ALGORITHM);
      }
      // The last character has bits to spare; one signature should have one spelling.
      byte[] bytes = Base64.getUrlDecoder().decode(signature);
      if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(signature)
          || !header.isBase64URLEncodePayload()
          // No extension is understood here (RFC 7515, section 4.1.11).
          || header.getCriticalParams() != null) {
        throw new RefusedException(Reason.MALFORMED_TOKEN);
      }
      return new CompactToken(token, header, claims, bytes);
    } catch (ParseException
        | JsonProcessingException
        | IllegalArgumentException
        | NullPointerException e) {
      // The parser does not expect a header that is the JSON value null.
      throw new RefusedException(Reason.MALFORMED_TOKEN);
    }
  }

  private JWSHeader header(String encoded) throws ParseException {
    JWSHeader known = headers.getIfPresent(encoded);
    if (known != null) {
      return known;
    }
    JWSHeader header = JWSHeader.parse(new Base64URL(encoded));
    if (encoded.length() <= LONGEST_KEPT) {
      headers.put(encoded, header);
    }
    return header;
  }

  private static JWTClaimsSet claims(String encoded)
      throws RefusedException, ParseException, JsonProcessingException {
    Map<String, Object> claims =
        JSON.readValue(new String(Base64.getUrlDecoder().decode(encoded), UTF_8));
    for (String name : TIMES) {
      if (claims.get(name) instanceof Number time
          && !(Math.abs(time.doubleValue()) <= LATEST_SECONDS)) {
        throw new RefusedException(Reason.MALFORMED_TOKEN);
      }
    }
    return JWTClaimsSet.parse(claims);
  }
}
