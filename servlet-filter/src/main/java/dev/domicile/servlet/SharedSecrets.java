package dev.domicile.servlet;

import dev.domicile.router.TenantId;
import java.util.Optional;

/** The shared secrets of the tenants that have the app installed. Thread-safe. */
@FunctionalInterface
public interface SharedSecrets {

  /**
   * The tenant's secret, or nothing if the app is not installed there. May answer from a cache.
   *
   * @throws SecretUnavailableException if the secret cannot be read now
   */
  Optional<SharedSecret> find(TenantId tenant);

  /**
   * The tenant's secret once more, asked when a signature did not fit the one found: it may have
   * been replaced on another node since.
   *
   * @throws SecretUnavailableException if the secret cannot be read now
   */
  default Optional<SharedSecret> findAgain(TenantId tenant) {
    return find(tenant);
  }

  /**
   * The secret that the tenant's present one replaced, for as long as requests signed before may
   * still arrive; nothing where no secret was replaced of late, as by default. A secret of an
   * installation that has ended is never among them.
   *
   * <p>The protocol says only that each {@code installed} brings the secret to be used from then on
   * (Atlassian Connect, "Lifecycle"); that requests in flight are still signed with the one before
   * is what happens.
   *
   * @throws SecretUnavailableException if the secret cannot be read now
   */
  default Optional<SharedSecret> findPrevious(TenantId tenant) {
    return Optional.empty();
  }
}
