package dev.domicile.servlet;

import java.nio.charset.StandardCharsets;

/**
 * What a tenant's product and the app share to sign requests. Its text does not show it.
 *
 * @param value the {@code sharedSecret} of the installation, as it was sent
 */
public record SharedSecret(String value) {

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

  byte[] bytes() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "SharedSecret[...]";
  }
}
