package dev.domicile.servlet;

import static dev.domicile.sql.control.Tables.INSTALLATION;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/**
 * The shared secrets in the control database's table of installations, encrypted at rest.
 *
 * <p>A secret that was read is kept for 30 seconds, so that warm tenants are served while the
 * control database is down (promise P9); that a tenant has none is kept for two. A secret replaced
 * on another node is taken up at the first signature that does not fit the old one. At most 10,000
 * tenants are kept. Thread-safe.
 */
public final class InstallationSecrets implements SharedSecrets {
  private static final int MAXIMUM_SIZE = 10_000;
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final Duration UNKNOWN_TIME_TO_LIVE = Duration.ofSeconds(2);

  /** Forged signatures cost the control database at most about one query in this time. */
  private static final Duration REREAD_AFTER = Duration.ofSeconds(1);

  private final DSLContext control;
  private final SecretCipher cipher;
  private final InstantSource clock;
  private final LoadingCache<TenantId, Reading> cache;

  /** Secrets in the control database that the context reaches. */
  public InstallationSecrets(DSLContext control, SecretKeys keys, InstantSource clock) {
    this.control = control;
    this.cipher = new SecretCipher(keys);
    this.clock = clock;
    this.cache =
        Caffeine.newBuilder()
            .maximumSize(MAXIMUM_SIZE)
            .expireAfter(Expiry.creating((TenantId tenant, Reading reading) -> ttl(reading)))
            .build(this::read);
  }

  @Override
  public Optional<SharedSecret> find(TenantId tenant) {
    return cache.get(tenant).secret();
  }

  @Override
  public Optional<SharedSecret> findAgain(TenantId tenant) {
    Reading reading = cache.get(tenant);
    if (clock.instant().isBefore(reading.at().plus(REREAD_AFTER))) {
      return reading.secret();
    }
    // Put, not invalidate and load: where the read fails, the tenant must stay warm.
    Reading fresh = read(tenant);
    cache.put(tenant, fresh);
    return fresh.secret();
  }

  /**
   * Stores what an installation brought, in the place of what an earlier one of the same tenant
   * did. Takes part in the transaction of the context.
   *
   * @param baseUrl the URL of the tenant's product
   * @param productType such as {@code jira} or {@code confluence}
   */
  public void store(TenantId tenant, String baseUrl, String productType, SharedSecret secret) {
    control
        .insertInto(INSTALLATION)
        .set(INSTALLATION.CLIENT_KEY, tenant.clientKey())
        .set(INSTALLATION.BASE_URL, baseUrl)
        .set(INSTALLATION.PRODUCT_TYPE, productType)
        .set(INSTALLATION.SHARED_SECRET, cipher.encrypt(tenant, secret))
        .onConflict(INSTALLATION.CLIENT_KEY)
        .doUpdate()
        .set(INSTALLATION.BASE_URL, DSL.excluded(INSTALLATION.BASE_URL))
        .set(INSTALLATION.PRODUCT_TYPE, DSL.excluded(INSTALLATION.PRODUCT_TYPE))
        .set(INSTALLATION.SHARED_SECRET, DSL.excluded(INSTALLATION.SHARED_SECRET))
        .set(INSTALLATION.INSTALLED_AT, DSL.currentOffsetDateTime())
        .setNull(INSTALLATION.UNINSTALLED_AT)
        .execute();
    cache.invalidate(tenant);
  }

  private Reading read(TenantId tenant) {
    Instant now = clock.instant();
    try {
      return new Reading(
          control
              .select(INSTALLATION.SHARED_SECRET)
              .from(INSTALLATION)
              .where(INSTALLATION.CLIENT_KEY.eq(tenant.clientKey()))
              .and(INSTALLATION.UNINSTALLED_AT.isNull())
              .fetchOptional(INSTALLATION.SHARED_SECRET)
              .map(stored -> cipher.decrypt(tenant, stored)),
          now);
    } catch (DataAccessException e) {
      throw new SecretUnavailableException(tenant, "the control database does not answer", e);
    }
  }

  private static Duration ttl(Reading reading) {
    return reading.secret().isPresent() ? TIME_TO_LIVE : UNKNOWN_TIME_TO_LIVE;
  }

  private record Reading(Optional<SharedSecret> secret, Instant at) {}
}
