package dev.domicile.servlet;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a tenant's product and the app share to sign requests. Its text does not show it.
 *
 * @param value the {@code sharedSecret} of the installation, as it was sent
 */
public record SharedSecret(String value) {
  private static final int SHORTEST = 32;
  private static final String HMAC = "HmacSHA256";

  /**
   * Checks that there is one.
   *
   * @throws IllegalArgumentException if it is blank
   */
  public SharedSecret {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a shared secret cannot be blank");
    }
  }

  /** Whether it has less than the 256 bits that HS256 asks for (RFC 7518, section 3.2). */
  boolean isTooShort() {
    // A character has a byte or more; to count them would copy the secret on every request.
    return value.length() < SHORTEST && bytes().length < SHORTEST;
  }

  /**
   * Whether the token's signature is this secret's by HS256; compared in constant time.
   *
   * <p>By the JDK itself: every request passes here, and the verifier of the JWT library takes half
   * as long again for the same.
   */
  boolean hasSigned(CompactToken token) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(bytes(), HMAC));
      return token.hasSignature(mac.doFinal(token.signedBytes()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + HMAC, e);
    }
  }

  byte[] bytes() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "SharedSecret[...]";
  }
}
