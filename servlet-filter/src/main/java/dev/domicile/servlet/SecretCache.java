package dev.domicile.servlet;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/**
 * Secrets as they were read of late: known ones for 30 seconds, so that warm tenants are served
 * while the database is down (promise P9), and that a tenant has none for two.
 */
final class SecretCache {
  private static final int MAXIMUM_SIZE = 10_000;
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
  private static final Duration UNKNOWN_TIME_TO_LIVE = Duration.ofSeconds(2);

  /** Forged signatures cost the database at most about one query in this time. */
  private static final Duration REREAD_AFTER = Duration.ofSeconds(1);

  private final Function<TenantId, StoredSecrets> store;
  private final InstantSource clock;
  private final LoadingCache<TenantId, Reading> cache;

  SecretCache(Function<TenantId, StoredSecrets> store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    this.cache =
        Caffeine.newBuilder()
            .maximumSize(MAXIMUM_SIZE)
            .expireAfter(Expiry.creating((TenantId tenant, Reading reading) -> ttl(reading)))
            .build(this::read);
  }

  Optional<SharedSecret> find(TenantId tenant) {
    return cache.get(tenant).secrets().current();
  }

  Optional<SharedSecret> findAgain(TenantId tenant) {
    Reading reading = cache.get(tenant);
    if (clock.instant().isBefore(reading.at().plus(REREAD_AFTER))) {
      return reading.secrets().current();
    }
    // Put, not invalidate and load: where the read fails, the tenant must stay warm.
    Reading fresh = read(tenant);
    cache.put(tenant, fresh);
    return fresh.secrets().current();
  }

  Optional<SharedSecret> findPrevious(TenantId tenant) {
    StoredSecrets secrets = cache.get(tenant).secrets();
    return secrets.previous().filter(any -> clock.instant().isBefore(secrets.previousUntil()));
  }

  void forget(TenantId tenant) {
    cache.invalidate(tenant);
  }

  private Reading read(TenantId tenant) {
    Instant now = clock.instant();
    return new Reading(store.apply(tenant), now);
  }

  private static Duration ttl(Reading reading) {
    return reading.secrets().current().isPresent() ? TIME_TO_LIVE : UNKNOWN_TIME_TO_LIVE;
  }

  private record Reading(StoredSecrets secrets, Instant at) {}
}
