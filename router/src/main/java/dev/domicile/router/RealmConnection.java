package dev.domicile.router;

import dev.domicile.sql.Identifiers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
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

  /** The SQLSTATE of a connection that nobody can be lent any more: an active transaction. */
  static final String USED_UP = "25001";

  /** The SQLSTATE of a tenant that has no schema. The connection is none the worse for it. */
  static final String NO_SCHEMA = "3F000";

  private static final String APPLICATION_NAME = "ApplicationName";

  private final SessionConfig config;
  private final Connection physical;
  private final BaseConnection driver;
  private final @Nullable String applicationName;
  private final int holdability;
  private final int networkTimeout;

  /** Whether a tenant worked here before. */
  private boolean used;

  /** Whether someone has the driver's own connection, past the pool and this class. */
  private boolean exposed;

  private @Nullable TenantId tenant;

  /** Whether anybody has used this connection since it was last lent; if not, nothing changed. */
  private boolean touched = true;

  RealmConnection(Connection physical, SessionConfig config) throws SQLException {
    super(physical);
    this.physical = physical;
    this.config = config;
    this.driver = physical.unwrap(BaseConnection.class);
    this.applicationName = physical.getClientInfo(APPLICATION_NAME);
    this.holdability = physical.getHoldability();
    this.networkTimeout = physical.getNetworkTimeout();
  }

  /**
   * The driver's connection. It has settings that nothing resets, and may be left in the middle of
   * a COPY, so this connection is not lent again.
   */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    exposed = true;
    return super.unwrap(type);
  }

  /** The driver's connection, on which whoever asks for it may change anything. */
  @Override
  public Connection getDelegate() {
    touched = true;
    return super.getDelegate();
  }

  /** The pool does this whenever a connection comes back. */
  @Override
  public void clearWarnings() throws SQLException {
    if (touched) {
      super.clearWarnings();
    }
  }

  /** A word of the pool to the driver; nobody has used the connection. */
  @Override
  public void beginRequest() throws SQLException {
    physical.beginRequest();
  }

  /** A word of the pool to the driver; nobody has used the connection. */
  @Override
  public void endRequest() throws SQLException {
    physical.endRequest();
  }

  @Override
  public boolean isClosed() throws SQLException {
    return physical.isClosed();
  }

  /**
   * Gets the session ready for the tenant.
   *
   * @throws SQLException if that fails; with {@link #USED_UP} if another connection would do
   */
  void serve(TenantId next) throws SQLException {
    if (exposed || (touched && isInTransaction())) {
      throw new SQLException("the connection came back in a state that cannot be undone", USED_UP);
    }
    if (!next.equals(tenant) || (touched && config.reset() == SessionConfig.Reset.ON_EACH_LOAN)) {
      renew(next);
    }
    touched = false;
  }

  private boolean isInTransaction() throws SQLException {
    return !physical.getAutoCommit() || driver.getTransactionState() != TransactionState.IDLE;
  }

  private void renew(TenantId next) throws SQLException {
    boolean again = used;
    tenant = null;
    used = true;
    if (again || binds()) {
      renewSession(again ? RESET + BIND : BIND, next);
    }
    if (again) {
      renewDriver();
    }
    tenant = next;
  }

  private boolean binds() {
    return config.announceTenant() || config.schemas() != null;
  }

  private void renewSession(String sql, TenantId next) throws SQLException {
    SchemaPerTenant schemas = config.schemas();
    String schema = schemas == null ? "" : schemaOf(schemas, next);
    try (PreparedStatement renewal = physical.prepareStatement(sql)) {
      renewal.setString(1, config.announceTenant() ? next.clientKey() : "");
      renewal.setBoolean(2, schemas != null);
      renewal.setString(3, schemas == null ? "" : searchPath(schemas, next));
      renewal.setBoolean(4, schemas != null);
      renewal.setString(5, schema);
      try (ResultSet last = lastResult(renewal)) {
        if (!last.getBoolean(4)) {
          throw new SQLException(
              "tenant '" + next + "' has no schema '" + schema + "' in its realm's database",
              NO_SCHEMA);
        }
        if (last.getBoolean(1)) {
          deallocateAll();
        }
      }
    }
  }

  private static String schemaOf(SchemaPerTenant schemas, TenantId tenant) throws SQLException {
    try {
      return schemas.schemaOf(tenant);
    } catch (IllegalArgumentException e) {
      throw new SQLException(e.getMessage(), NO_SCHEMA, e);
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
    try (Statement statement = physical.createStatement()) {
      statement.execute("DEALLOCATE ALL");
    }
  }

  /** What the driver itself keeps of a session. */
  private void renewDriver() throws SQLException {
    var unused = driver.getQueryExecutor().getNotifications();
    physical.setHoldability(holdability);
    physical.setTypeMap(Map.of());
    physical.setReadOnly(false);
    if (physical.getNetworkTimeout() != networkTimeout) {
      physical.setNetworkTimeout(Runnable::run, networkTimeout);
    }
    if (!Objects.equals(applicationName, getClientInfo(APPLICATION_NAME))) {
      setClientInfo(APPLICATION_NAME, applicationName);
    }
  }
}
