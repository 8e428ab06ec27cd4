package dev.domicile.servlet;

import static dev.domicile.sql.control.Tables.INSTALLATION;

import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.sql.control.tables.records.InstallationRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of installations, as seen by one transaction. */
final class InstallationTable {
  private static final Logger log = LoggerFactory.getLogger(InstallationTable.class);

  private final DSLContext control;
  private final SecretCipher cipher;
  private final InstantSource clock;

  InstallationTable(DSLContext control, SecretCipher cipher, InstantSource clock) {
    this.control = control;
    this.cipher = cipher;
    this.clock = clock;
  }

  /** Makes events of one tenant wait for each other, the first one, which has no row, included. */
  void lock(TenantId tenant) {
    control.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))::text",
        "domicile.installation " + tenant.clientKey());
  }

  Optional<InstallationRecord> find(TenantId tenant) {
    return control
        .selectFrom(INSTALLATION)
        .where(INSTALLATION.CLIENT_KEY.eq(tenant.clientKey()))
        .fetchOptional();
  }

  /** Puts the installation in the place of the one before; that one's secret stays for a while. */
  void store(Installation installation, Optional<InstallationRecord> before) {
    TenantId tenant = installation.tenant();
    InstallationRecord row = before.orElseGet(() -> control.newRecord(INSTALLATION));
    row.setClientKey(tenant.clientKey());
    Optional<SharedSecret> old = before.flatMap(known -> live(tenant, known));
    if (old.filter(installation.secret()::equals).isEmpty()) {
      row.setPreviousSecret(old.isPresent() ? row.getSharedSecret() : null);
      row.setSecretReplacedAt(old.isPresent() ? now() : null);
      row.setSharedSecret(cipher.encrypt(tenant, installation.secret()));
    }
    row.setBaseUrl(installation.baseUrl());
    row.setProductType(installation.productType());
    row.setInstallationId(installationId(installation, row));
    row.setInstalledAt(now());
    row.setUninstalledAt(null);
    row.setLastRealm(null);
    row.store();
  }

  /**
   * What Forge calls the installation from now on. The body of the call is not signed, so it takes
   * nothing away from another tenant.
   */
  private @Nullable String installationId(Installation installation, InstallationRecord before) {
    String named = installation.installationId();
    if (named == null) {
      return before.getUninstalledAt() == null ? before.getInstallationId() : null;
    }
    Optional<TenantId> other =
        tenantOf(named).filter(tenant -> !tenant.equals(installation.tenant()));
    if (other.isPresent()) {
      log.error(
          "{} claims the Forge installation of {}, which keeps it until it is uninstalled",
          installation.tenant(),
          other.get());
      return null;
    }
    return named;
  }

  /** The tenant that is installed and whose installation Forge calls so. */
  Optional<TenantId> tenantOf(String installationId) {
    return control
        .select(INSTALLATION.CLIENT_KEY)
        .from(INSTALLATION)
        .where(INSTALLATION.INSTALLATION_ID.eq(installationId))
        .and(INSTALLATION.UNINSTALLED_AT.isNull())
        .fetchOptional(INSTALLATION.CLIENT_KEY)
        .map(TenantId::new);
  }

  /** Marks the row; what is remembered of the realm, if anything, is the caller's to say. */
  void markUninstalled(InstallationRecord row, @Nullable Realm lastRealm) {
    row.setUninstalledAt(now());
    row.setPreviousSecret(null);
    row.setSecretReplacedAt(null);
    row.setLastRealm(lastRealm == null ? null : lastRealm.name());
    row.store();
  }

  /** Notes which token the tenant's last event came with. */
  void stamp(TenantId tenant, EventToken token) {
    control
        .update(INSTALLATION)
        .set(INSTALLATION.EVENT_ISSUED_AT, token.issuedAt().atOffset(ZoneOffset.UTC))
        .set(INSTALLATION.EVENT_TOKEN_SHA256, token.sha256())
        .where(INSTALLATION.CLIENT_KEY.eq(tenant.clientKey()))
        .execute();
  }

  /** Whether the row says the very same already. */
  boolean holds(InstallationRecord row, Installation installation) {
    return live(installation.tenant(), row).filter(installation.secret()::equals).isPresent()
        && row.getBaseUrl().equals(installation.baseUrl())
        && row.getProductType().equals(installation.productType())
        && (installation.installationId() == null
            || installation.installationId().equals(row.getInstallationId()));
  }

  /**
   * The secret of a row that is not uninstalled. One that cannot be read any more counts as none:
   * it must not keep the product from bringing a new one.
   */
  private Optional<SharedSecret> live(TenantId tenant, InstallationRecord row) {
    if (row.getUninstalledAt() != null) {
      return Optional.empty();
    }
    try {
      return Optional.of(cipher.decrypt(tenant, row.getSharedSecret()));
    } catch (SecretUnavailableException e) {
      log.warn("A new secret replaces one that cannot be read: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** What the tenant's requests may be signed with. */
  StoredSecrets secrets(TenantId tenant, Duration overlap) {
    return find(tenant)
        .filter(row -> row.getUninstalledAt() == null)
        .map(row -> secrets(tenant, row, overlap))
        .orElse(StoredSecrets.NONE);
  }

  private StoredSecrets secrets(TenantId tenant, InstallationRecord row, Duration overlap) {
    SharedSecret current = cipher.decrypt(tenant, row.getSharedSecret());
    if (row.getPreviousSecret() == null) {
      return StoredSecrets.of(current);
    }
    Instant until = Objects.requireNonNull(row.getSecretReplacedAt()).toInstant().plus(overlap);
    if (!clock.instant().isBefore(until)) {
      return StoredSecrets.of(current);
    }
    return new StoredSecrets(
        Optional.of(current), previous(tenant, row.getPreviousSecret()), until);
  }

  /** One that cannot be read must not keep the present one from being used. */
  private Optional<SharedSecret> previous(TenantId tenant, String stored) {
    try {
      return Optional.of(cipher.decrypt(tenant, stored));
    } catch (SecretUnavailableException e) {
      log.warn("The secret before is not used: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Encrypts one row's secrets anew; false if another process changed the row meanwhile. */
  boolean replace(InstallationRecord row, String secret, @Nullable String previous) {
    return control
            .update(INSTALLATION)
            .set(INSTALLATION.SHARED_SECRET, secret)
            .set(INSTALLATION.PREVIOUS_SECRET, previous)
            .where(INSTALLATION.CLIENT_KEY.eq(row.getClientKey()))
            .and(INSTALLATION.SHARED_SECRET.eq(row.getSharedSecret()))
            .and(
                DSL.condition(
                    "{0} IS NOT DISTINCT FROM {1}",
                    INSTALLATION.PREVIOUS_SECRET,
                    DSL.val(row.getPreviousSecret(), INSTALLATION.PREVIOUS_SECRET)))
            .execute()
        == 1;
  }

  private OffsetDateTime now() {
    return clock.instant().atOffset(ZoneOffset.UTC);
  }
}
