package dev.domicile.router;

/**
 * One installation of the app on one site.
 *
 * @param clientKey the Connect {@code clientKey}: an opaque text of 1 to 255 characters
 */
public record TenantId(String clientKey) {
  private static final int MAX_LENGTH = 255;

  /**
   * Checks the key.
   *
   * @throws IllegalArgumentException if it is blank, too long or holds control characters
   */
  public TenantId {
    if (clientKey.isBlank()
        || clientKey.length() > MAX_LENGTH
        || clientKey.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a clientKey has 1 to " + MAX_LENGTH + " printable characters");
    }
  }

  @Override
  public String toString() {
    return clientKey;
  }
}
