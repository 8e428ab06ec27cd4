package dev.domicile.simulator;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;

/**
 * What a product shares with an installed app.
 *
 * @param clientKey the tenant
 * @param sharedSecret as text; its UTF-8 bytes sign, and are never written to a report
 */
record Credentials(String clientKey, String sharedSecret) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SECRET_BYTES = 32;

  /** A tenant that no app has seen. */
  static Credentials fresh() {
    return new Credentials(UUID.randomUUID().toString(), freshSecret());
  }

  /** The same tenant with another secret. */
  Credentials rotated() {
    return new Credentials(clientKey, freshSecret());
  }

  private static String freshSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public String toString() {
    return clientKey;
  }
}
