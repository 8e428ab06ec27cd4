package dev.domicile.servlet;

import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteTable;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import dev.domicile.sql.control.tables.records.InstallationRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.exception.DataChangedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Installs and uninstalls: the installation, its secret and its route change in one transaction of
 * the control database.
 *
 * <p>Which realm a tenant gets is decided once, at its first installation: the one whose base URL
 * the product called. An upgrade, or a new installation of a tenant that is installed, keeps it,
 * whichever base URL it comes to; only a migration moves it (Atlassian developer documentation,
 * "Data residency", 25 July 2023). Thread-safe.
 */
public final class Installations {
  private static final Logger log = LoggerFactory.getLogger(Installations.class);
  private static final int ATTEMPTS = 3;

  private final Router router;
  private final InstallationSecrets secrets;
  private final InstantSource clock;
  private final Duration memory;

  /**
   * Installations in the router's control database.
   *
   * @param secrets where the secrets are; of the same control database
   * @param memory for how long after an uninstall the realm is kept for a tenant that comes back:
   *     {@link Duration#ZERO} forgets it at once, as the documentation of 2023 says of Connect;
   *     {@code P30D} is what that of August 2025 says of Forge
   * @throws IllegalArgumentException if that is negative
   */
  public Installations(
      Router router, InstallationSecrets secrets, InstantSource clock, Duration memory) {
    if (memory.isNegative()) {
      throw new IllegalArgumentException("memory is " + memory + ", expected PT0S or more");
    }
    this.router = router;
    this.secrets = secrets;
    this.clock = clock;
    this.memory = memory;
  }

  /**
   * Stores an installation and gives the tenant a route, if it has none.
   *
   * <p>The caller has made sure that Atlassian signed for it: who may call this may take a tenant
   * over.
   *
   * @param arrivedAt the realm whose base URL the call came to
   * @return the realm in which the tenant lives
   * @throws IllegalArgumentException if the tenant has no route and that realm is not configured on
   *     this node; nothing is stored then
   * @throws org.jooq.exception.DataAccessException if the control database does not answer; nothing
   *     is stored then either
   */
  public Realm installed(Installation installation, Realm arrivedAt) {
    return installed(installation, arrivedAt, null).orElseThrow();
  }

  /**
   * Notes that the app is installed at the tenant no longer, and takes its route away. Does no harm
   * twice, or to a tenant that is not known. The tenant's rows stay in the realm database.
   *
   * @throws org.jooq.exception.DataAccessException if the control database does not answer; nothing
   *     is changed then
   */
  public void uninstalled(TenantId tenant) {
    uninstalled(tenant, null);
  }

  /**
   * The tenant that is installed and whose {@code installed} call named that installation of Forge;
   * for {@link ForgeTenants}.
   *
   * @throws org.jooq.exception.DataAccessException if the control database does not answer
   */
  public Optional<TenantId> tenantOf(String installationId) {
    return secrets.table(router.control()).tenantOf(installationId);
  }

  /** Where it lives, or nothing if the token is too old or was used for another event. */
  Optional<Realm> installed(
      Installation installation, Realm arrivedAt, @Nullable EventToken token) {
    TenantId tenant = installation.tenant();
    Optional<Realm> realm =
        router
            .control()
            .transactionResult(
                transaction -> install(transaction.dsl(), installation, arrivedAt, token));
    secrets.forget(tenant);
    realm.ifPresent(
        home ->
            log.info("{} is installed; lives in {}, was called at {}", tenant, home, arrivedAt));
    return realm;
  }

  /** False, with nothing changed, if the token is too old or was used for another event. */
  boolean uninstalled(TenantId tenant, @Nullable EventToken token) {
    boolean done =
        router
            .control()
            .transactionResult(transaction -> uninstall(transaction.dsl(), tenant, token));
    secrets.forget(tenant);
    if (done) {
      log.info("{} is uninstalled", tenant);
    }
    return done;
  }

  private Optional<Realm> install(
      DSLContext transaction,
      Installation installation,
      Realm arrivedAt,
      @Nullable EventToken token) {
    TenantId tenant = installation.tenant();
    InstallationTable table = secrets.table(transaction);
    table.lock(tenant);
    Optional<InstallationRecord> before = table.find(tenant);
    if (isOld(before, token)
        || (isRepeated(before, token) && !table.holds(before.orElseThrow(), installation))) {
      return Optional.empty();
    }
    Optional<Realm> remembered = before.flatMap(this::rememberedRealm);
    Realm chosen = remembered.orElse(arrivedAt);
    RouteTable routes = new RouteTable(transaction);
    // A tenant that has a route keeps it: add changes nothing then.
    boolean added = routes.add(tenant, chosen);
    if (added && remembered.isEmpty() && !router.realms().contains(chosen)) {
      throw new IllegalArgumentException(
          "tenant '" + tenant + "' would live in realm " + chosen + ", which has no database here");
    }
    Realm home = added ? chosen : routes.find(tenant).orElseThrow().realm();
    table.store(installation, before);
    if (token != null) {
      table.stamp(tenant, token);
    }
    return Optional.of(home);
  }

  private boolean uninstall(DSLContext transaction, TenantId tenant, @Nullable EventToken token) {
    InstallationTable table = secrets.table(transaction);
    table.lock(tenant);
    Optional<InstallationRecord> before = table.find(tenant);
    boolean gone = before.filter(row -> row.getUninstalledAt() == null).isEmpty();
    if (isOld(before, token) || (isRepeated(before, token) && !gone)) {
      return false;
    }
    Optional<Realm> home = removeRoute(new RouteTable(transaction), tenant);
    if (!gone) {
      table.markUninstalled(before.orElseThrow(), memory.isZero() ? null : home.orElse(null));
    }
    if (token != null) {
      table.stamp(tenant, token);
    }
    return true;
  }

  private static Optional<Realm> removeRoute(RouteTable routes, TenantId tenant) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Route> route = routes.find(tenant);
      if (route.isEmpty() || routes.remove(route.get())) {
        return route.map(Route::realm);
      }
    }
    throw new DataChangedException(
        "the route of tenant '" + tenant + "' changes too often to be removed; try again");
  }

  private Optional<Realm> rememberedRealm(InstallationRecord row) {
    if (row.getLastRealm() == null || row.getUninstalledAt() == null) {
      return Optional.empty();
    }
    Instant until = row.getUninstalledAt().toInstant().plus(memory);
    return clock.instant().isBefore(until)
        ? Optional.of(new Realm(row.getLastRealm()))
        : Optional.empty();
  }

  /** A late uninstall must not end a newer installation, nor a captured install replace it. */
  private static boolean isOld(Optional<InstallationRecord> before, @Nullable EventToken token) {
    return token != null
        && before
            .filter(row -> row.getEventIssuedAt() != null)
            .filter(row -> token.issuedAt().isBefore(row.getEventIssuedAt().toInstant()))
            .isPresent();
  }

  private static boolean isRepeated(
      Optional<InstallationRecord> before, @Nullable EventToken token) {
    return token != null
        && before.filter(row -> token.sha256().equals(row.getEventTokenSha256())).isPresent();
  }
}
