package dev.domicile.servlet;

import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/**
 * The shared secrets in the control database's table of installations, encrypted at rest.
 *
 * <p>A secret that was read is kept for 30 seconds, so that warm tenants are served while the
 * control database is down (promise P9); that a tenant has none is kept for two. A secret replaced
 * on another node is taken up at the first signature that does not fit the old one. At most 10,000
 * tenants are kept. Thread-safe.
 */
public final class InstallationSecrets implements SharedSecrets {
  /** For how long the secret before is good by default: more than any token of a product lives. */
  public static final Duration DEFAULT_OVERLAP = Duration.ofMinutes(5);

  private final DSLContext control;
  private final SecretCipher cipher;
  private final InstantSource clock;
  private final Duration overlap;
  private final SecretCache cache;

  /** Secrets in the control database that the context reaches, with the default overlap. */
  public InstallationSecrets(DSLContext control, SecretKeys keys, InstantSource clock) {
    this(control, keys, clock, DEFAULT_OVERLAP);
  }

  /**
   * Secrets in the control database that the context reaches.
   *
   * @param overlap for how long after an installation replaced the secret of a live one the
   *     replaced secret is good too; zero for not at all
   * @throws IllegalArgumentException if the overlap is negative or more than an hour
   */
  public InstallationSecrets(
      DSLContext control, SecretKeys keys, InstantSource clock, Duration overlap) {
    if (overlap.isNegative() || overlap.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("overlap is " + overlap + ", expected PT0S to PT1H");
    }
    this.control = control;
    this.cipher = new SecretCipher(keys);
    this.clock = clock;
    this.overlap = overlap;
    this.cache = new SecretCache(this::read, clock);
  }

  @Override
  public Optional<SharedSecret> find(TenantId tenant) {
    return cache.find(tenant);
  }

  @Override
  public Optional<SharedSecret> findAgain(TenantId tenant) {
    return cache.findAgain(tenant);
  }

  @Override
  public Optional<SharedSecret> findPrevious(TenantId tenant) {
    return cache.findPrevious(tenant);
  }

  /**
   * Stores what an installation brought, in the place of what an earlier one of the same tenant
   * did, in a transaction of its own. It gives the tenant no route; {@link Installations} does
   * both.
   *
   * @param baseUrl the URL of the tenant's product
   * @param productType such as {@code jira} or {@code confluence}
   */
  public void store(TenantId tenant, String baseUrl, String productType, SharedSecret secret) {
    control.transaction(
        transaction -> {
          InstallationTable table = table(transaction.dsl());
          table.lock(tenant);
          table.store(new Installation(tenant, baseUrl, productType, secret), table.find(tenant));
        });
    forget(tenant);
  }

  /**
   * Encrypts every stored secret that another key encrypted anew, with the current key. Rows are
   * changed one by one, each only if nobody else changed it meanwhile, so it may run beside
   * everything else, twice, or be stopped at any time. When it returns with nothing unreadable, the
   * other keys are needed no longer, except by nodes that still encrypt with them.
   *
   * @throws DataAccessException if the control database does not answer
   */
  public Reencryption reencrypt() {
    return new SecretRenewal(control, cipher, clock).run();
  }

  InstallationTable table(DSLContext transaction) {
    return new InstallationTable(transaction, cipher, clock);
  }

  /** Drops what this node has read of the tenant. */
  void forget(TenantId tenant) {
    cache.forget(tenant);
  }

  private StoredSecrets read(TenantId tenant) {
    try {
      return table(control).secrets(tenant, overlap);
    } catch (DataAccessException e) {
      throw new SecretUnavailableException(tenant, "the control database does not answer", e);
    }
  }
}
