package dev.domicile.servlet;

import dev.domicile.router.RoutingDataSource;
import dev.domicile.router.TenantId;
import dev.domicile.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The shared secrets in the table {@code atlassian_host} of an app that uses Atlassian's Spring
 * Boot starter, which writes it; this class only reads {@code client_key}, {@code shared_secret}
 * and {@code addon_installed} (starter 2.2.1, {@code db.changelog-master.yaml}).
 *
 * <p>A host whose {@code addon_installed} is not true has no secret here, although the starter
 * itself goes on believing one: it leaves the flag out when it authenticates. The table has one
 * secret per host, so the one before is good no longer. Secrets are cached as {@link
 * InstallationSecrets} caches them. Thread-safe.
 */
public final class HostTableSecrets implements SharedSecrets {
  private static final String TABLE = "atlassian_host";

  private final DataSource hosts;
  private final String query;
  private final SecretCache cache;

  /**
   * Secrets in the table {@code atlassian_host} on the search path of the data source.
   *
   * @throws IllegalArgumentException if the data source goes by the tenant
   */
  public HostTableSecrets(DataSource hosts, InstantSource clock) {
    this(clock, hosts, TABLE);
  }

  /**
   * Secrets in the table {@code atlassian_host} of a schema.
   *
   * @param hosts where the table is; never a data source that goes by the tenant, who is not known
   *     before the secret is
   * @throws IllegalArgumentException if the data source goes by the tenant
   */
  public HostTableSecrets(DataSource hosts, String schema, InstantSource clock) {
    this(clock, hosts, Identifiers.quote(schema, TABLE));
  }

  private HostTableSecrets(InstantSource clock, DataSource hosts, String table) {
    if (isRouted(hosts)) {
      throw new IllegalArgumentException(
          "the table of hosts is read before the tenant is known, so its data source cannot go by"
              + " the tenant; give that of the control database");
    }
    this.hosts = hosts;
    this.query =
        "SELECT shared_secret FROM " + table + " WHERE client_key = ? AND addon_installed IS TRUE";
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

  // By JDBC: jOOQ can be made to log what it fetched, and this is a bare secret.
  private StoredSecrets read(TenantId tenant) {
    try (Connection connection = hosts.getConnection();
        PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, tenant.clientKey());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? StoredSecrets.of(new SharedSecret(row.getString(1)))
            : StoredSecrets.NONE;
      }
    } catch (SQLException e) {
      throw new SecretUnavailableException(tenant, "the table of hosts cannot be read", e);
    } catch (IllegalArgumentException e) {
      throw new SecretUnavailableException(tenant, "the one stored is blank", null);
    }
  }

  private static boolean isRouted(DataSource source) {
    try {
      return source instanceof RoutingDataSource || source.isWrapperFor(RoutingDataSource.class);
    } catch (SQLException e) {
      return false;
    }
  }
}
