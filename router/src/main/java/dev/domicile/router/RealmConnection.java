package dev.domicile.router;

import dev.domicile.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jooq.tools.jdbc.DefaultConnection;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A connection that a pool keeps, with the tenant that it was lent to last. Before it goes to
 * another one, its session is made as new.
 */
final class RealmConnection extends DefaultConnection {
  /** What {@code DISCARD ALL} does, but for the statements that the driver itself prepared. */
  private static final String RESET =
      """
      SET SESSION AUTHORIZATION DEFAULT;
      RESET ROLE;
      RESET ALL;
      CLOSE ALL;
      UNLISTEN *;
      SELECT pg_advisory_unlock_all();
      DISCARD TEMP;
      DISCARD SEQUENCES;
      """;

  private static final String BIND =
      """
      SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE from_sql),
             set_config('domicile.client_key', ?, false),
             CASE WHEN ? THEN set_config('search_path', ?, false) END,
             NOT ? OR EXISTS (SELECT FROM pg_namespace WHERE nspname = ?)
      """;

  private static final String APPLICATION_NAME = "ApplicationName";

  private final SessionConfig config;
  private final BaseConnection driver;
  private final @Nullable String applicationName;
  private @Nullable TenantId tenant;

  RealmConnection(Connection physical, SessionConfig config) throws SQLException {
    super(physical);
    this.config = config;
    this.driver = physical.unwrap(BaseConnection.class);
    this.applicationName = physical.getClientInfo(APPLICATION_NAME);
  }

  /**
   * Gets the session ready for the tenant.
   *
   * @throws SQLException if that fails; the connection must not be used then
   */
  void serve(TenantId next) throws SQLException {
    if (driver.getTransactionState() != TransactionState.IDLE) {
      throw new SQLException("the connection came back with an open transaction", "25001");
    }
    if (!next.equals(tenant) || config.reset() == SessionConfig.Reset.ON_EACH_LOAN) {
      renew(next);
    }
  }

  private void renew(TenantId next) throws SQLException {
    boolean used = tenant != null;
    tenant = null;
    if (used || binds()) {
      renewSession(used ? RESET + BIND : BIND, next);
    }
    if (used) {
      renewDriver();
    }
    tenant = next;
  }

  private boolean binds() {
    return config.announceTenant() || config.schemas() != null;
  }

  private void renewSession(String sql, TenantId next) throws SQLException {
    SchemaPerTenant schemas = config.schemas();
    String schema = schemas == null ? "" : schemas.schemaOf(next);
    try (PreparedStatement renewal = getDelegate().prepareStatement(sql)) {
      renewal.setString(1, config.announceTenant() ? next.clientKey() : "");
      renewal.setBoolean(2, schemas != null);
      renewal.setString(3, schemas == null ? "" : searchPath(schemas, next));
      renewal.setBoolean(4, schemas != null);
      renewal.setString(5, schema);
      try (ResultSet last = lastResult(renewal)) {
        if (!last.getBoolean(4)) {
          throw new SQLException(
              "tenant '" + next + "' has no schema '" + schema + "' in its realm's database",
              "3F000");
        }
        if (last.getBoolean(1)) {
          deallocateAll();
        }
      }
    }
  }

  private static String searchPath(SchemaPerTenant schemas, TenantId tenant) {
    return schemas.searchPath(tenant).stream()
        .map(Identifiers::quote)
        .collect(Collectors.joining(", "));
  }

  /** The row of the last statement of several. */
  private static ResultSet lastResult(PreparedStatement statements) throws SQLException {
    boolean rows = statements.execute();
    ResultSet last = rows ? statements.getResultSet() : null;
    while (rows || statements.getUpdateCount() >= 0) {
      rows = statements.getMoreResults(Statement.KEEP_CURRENT_RESULT);
      last = rows ? statements.getResultSet() : last;
    }
    if (last == null || !last.next()) {
      throw new SQLException("the server did not answer the renewal of a session");
    }
    return last;
  }

  /** The driver notices and prepares its own statements anew. */
  private void deallocateAll() throws SQLException {
    try (Statement statement = getDelegate().createStatement()) {
      statement.execute("DEALLOCATE ALL");
    }
  }

  /** What the driver itself keeps of a session. */
  private void renewDriver() throws SQLException {
    var unused = driver.getQueryExecutor().getNotifications();
    if (!Objects.equals(applicationName, getClientInfo(APPLICATION_NAME))) {
      setClientInfo(APPLICATION_NAME, applicationName);
    }
  }
}
