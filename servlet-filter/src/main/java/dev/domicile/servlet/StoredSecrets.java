package dev.domicile.servlet;

import java.time.Instant;
import java.util.Optional;

/**
 * What a store holds for one tenant.
 *
 * @param current the secret, or nothing if the app is not installed there
 * @param previous the secret that it replaced, if one did
 * @param previousUntil up to when the previous one is good, exclusive
 */
record StoredSecrets(
    Optional<SharedSecret> current, Optional<SharedSecret> previous, Instant previousUntil) {
  static final StoredSecrets NONE =
      new StoredSecrets(Optional.empty(), Optional.empty(), Instant.MIN);

  static StoredSecrets of(SharedSecret current) {
    return new StoredSecrets(Optional.of(current), Optional.empty(), Instant.MIN);
  }
}
