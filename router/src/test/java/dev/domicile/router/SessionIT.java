package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.ask;
import static dev.domicile.router.Site.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.sql.Identifiers;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PgConnection;

/** What one tenant's code leaves on a connection, and what the next borrower sees of it. */
final class SessionIT {
  /** What a session could show of the tenant before; the same text means nothing is left. */
  private static final String TRACES =
      """
      SELECT concat_ws(' | ',
        current_user, session_user, current_setting('search_path'),
        current_setting('default_transaction_isolation'),
        current_setting('default_transaction_read_only'), current_setting('TimeZone'),
        current_setting('statement_timeout'), current_setting('application_name'),
        current_setting('work_mem'), coalesce(current_setting('app.note', true), ''),
        coalesce(current_setting('domicile.client_key', true), ''),
        (SELECT count(*) FROM pg_class WHERE relpersistence = 't'),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
        (SELECT count(*) FROM pg_cursors WHERE is_holdable),
        (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
        (SELECT count(*) FROM pg_listening_channels()))
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private Site site;
  private Router router;

  @BeforeEach
  void open() {
    site = new Site(databases);
    site.eu.execute("CREATE SEQUENCE ticket; CREATE TABLE note (client_key text, body text)");
    router = start(SessionConfig.DEFAULT);
    router.routes().add(A, EU);
    router.routes().add(B, EU);
  }

  @AfterEach
  void close() {
    router.close();
  }

  @Test
  void nothingOfOneTenantIsVisibleToTheNext() throws SQLException {
    String fresh = ask(router, B, TRACES);
    String session = ask(router, A, "SELECT pg_backend_pid()");
    try (TenantScope scope = TenantContext.open(A);
        Connection connection = router.dataSource().getConnection()) {
      run(connection, "SET search_path = pg_temp, public");
      run(connection, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE");
      run(connection, "SET TimeZone = 'Asia/Tokyo'");
      run(connection, "SET statement_timeout = '17s'");
      run(connection, "SET work_mem = '5MB'");
      run(connection, "SET app.note = 'of tenant a'");
      run(connection, "SET domicile.client_key = 'tenant-a'");
      run(connection, "CREATE TEMP TABLE scratch AS SELECT 'of tenant a' AS note");
      run(connection, "SELECT pg_advisory_lock(42)");
      run(connection, "DECLARE kept CURSOR WITH HOLD FOR SELECT 'of tenant a'");
      run(connection, "PREPARE mine AS SELECT 'of tenant a'");
      run(connection, "LISTEN mine");
      run(connection, "SELECT nextval('ticket')");
      run(connection, "SET default_transaction_read_only = on");
      connection.setClientInfo("ApplicationName", "of tenant a");
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      connection.setAutoCommit(false);
      assertThat(ask(connection, TRACES)).isNotEqualTo(fresh);
      assertThat(scope.tenant()).isEqualTo(A);
    }

    try (TenantScope scope = TenantContext.open(B);
        Connection connection = router.dataSource().getConnection()) {
      assertThat(ask(connection, "SELECT pg_backend_pid()")).isEqualTo(session);
      assertThat(ask(connection, TRACES)).isEqualTo(fresh);
      assertThat(connection.isReadOnly()).isFalse();
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("domicile-EU");
      assertThatThrownBy(() -> ask(connection, "SELECT currval('ticket')"))
          .hasMessageContaining("ticket");
      assertThat(scope.tenant()).isEqualTo(B);
    }
  }

  @Test
  void aRoleThatOneTenantTookIsNotTheNextOnes() throws SQLException {
    TestDatabases.server()
        .asSuperuser(site.eu)
        .execute(
            "DO $$ BEGIN CREATE ROLE domicile_reader; EXCEPTION WHEN duplicate_object THEN END $$;"
                + "GRANT domicile_reader TO app");
    try (TenantScope scope = TenantContext.open(A);
        Connection connection = router.dataSource().getConnection()) {
      run(connection, "SET ROLE domicile_reader");
      assertThat(ask(connection, "SELECT current_user")).isEqualTo("domicile_reader");
      assertThat(scope.tenant()).isEqualTo(A);
    }
    assertThat(ask(router, B, "SELECT current_user")).isEqualTo("app");
  }

  @Test
  void notificationsOfOneTenantAreNotDeliveredToTheNext() throws SQLException {
    try (TenantScope scope = TenantContext.open(A);
        Connection connection = router.dataSource().getConnection()) {
      run(connection, "LISTEN mine");
      run(connection, "NOTIFY mine, 'of tenant a'");
      assertThat(scope.tenant()).isEqualTo(A);
    }
    try (TenantScope scope = TenantContext.open(B);
        Connection connection = router.dataSource().getConnection()) {
      assertThat(connection.unwrap(PGConnection.class).getNotifications()).isNullOrEmpty();
      assertThat(scope.tenant()).isEqualTo(B);
    }
  }

  @Test
  void aTransactionThatWasLeftOpenIsNotHandedOn() throws SQLException {
    try (TenantScope scope = TenantContext.open(A);
        Connection connection = router.dataSource().getConnection()) {
      run(connection, "BEGIN");
      run(connection, "INSERT INTO note VALUES ('tenant-a', 'half done')");
      assertThat(scope.tenant()).isEqualTo(A);
    }
    assertThat(ask(router, B, "SELECT count(*) FROM note")).isEqualTo("0");
    assertThat(ask(router, A, "SELECT count(*) FROM note")).isEqualTo("0");
    assertThat(site.eu.number("SELECT count(*) FROM note")).isZero();
  }

  @Test
  void whatWasSwitchedOffBehindThePoolLosesNoRow() throws SQLException {
    for (Class<? extends Connection> type : List.of(PgConnection.class, Connection.class)) {
      try (TenantScope scope = TenantContext.open(A);
          Connection connection = router.dataSource().getConnection()) {
        connection.unwrap(type).setAutoCommit(false);
        assertThat(scope.tenant()).isEqualTo(A);
      }
      ask(router, B, "INSERT INTO note VALUES ('tenant-b', 'answered') RETURNING body");
      ask(router, A, "SELECT 1");
    }
    assertThat(site.eu.number("SELECT count(*) FROM note")).isEqualTo(2);
  }

  @Test
  void aCopyThatWasNotEndedHangsNobody() throws Exception {
    for (TenantId next : List.of(A, B)) {
      try (TenantScope scope = TenantContext.open(A);
          Connection connection = router.dataSource().getConnection()) {
        var unused =
            connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY note FROM STDIN");
        assertThat(scope.tenant()).isEqualTo(A);
      }
      assertThat(CompletableFuture.supplyAsync(() -> answer(next)).get(20, TimeUnit.SECONDS))
          .isEqualTo("1");
    }
  }

  @Test
  void settingsOfTheDriverAreNotTheNextOnes() throws SQLException {
    String before = settings(B);
    try (TenantScope scope = TenantContext.open(A);
        Connection connection = router.dataSource().getConnection()) {
      connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
      connection.setTypeMap(Map.of("note", String.class));
      connection.unwrap(Connection.class).setReadOnly(true);
      connection.unwrap(Connection.class).setNetworkTimeout(Runnable::run, 12345);
      assertThat(scope.tenant()).isEqualTo(A);
    }
    assertThat(settings(B)).isEqualTo(before);
    try (TenantScope scope = TenantContext.open(A);
        Connection connection = router.dataSource().getConnection()) {
      PGConnection driver = connection.unwrap(PGConnection.class);
      driver.setAutosave(AutoSave.ALWAYS);
      driver.setDefaultFetchSize(7);
      assertThat(scope.tenant()).isEqualTo(A);
    }
    try (TenantScope scope = TenantContext.open(B);
        Connection connection = router.dataSource().getConnection()) {
      PGConnection driver = connection.unwrap(PGConnection.class);
      assertThat(driver.getAutosave()).isEqualTo(AutoSave.NEVER);
      assertThat(driver.getDefaultFetchSize()).isZero();
      assertThat(scope.tenant()).isEqualTo(B);
    }
  }

  @Test
  void oddClientKeysAreQuoted() throws SQLException {
    List<String> odd = List.of("a\"b", "a'b", "a\\b", "x\", public, \"y", "$user", "a,b", "\u00e9");
    site.eu.execute("CREATE TABLE page AS SELECT 'of nobody' AS body");
    for (String key : odd) {
      router.routes().add(new TenantId(key), EU);
      site.eu.execute(
          "CREATE SCHEMA %s; CREATE TABLE %s AS SELECT 'own' AS body"
              .formatted(Identifiers.quote("o_" + key), Identifiers.quote("o_" + key, "page")));
    }
    restart(
        SessionConfig.DEFAULT
            .withAnnounceTenant(true)
            .withSchemas(new SchemaPerTenant("o_", List.of("public"))));
    for (String key : odd) {
      TenantId tenant = new TenantId(key);
      assertThat(ask(router, tenant, "SELECT body FROM page")).isEqualTo("own");
      assertThat(ask(router, tenant, "SELECT current_setting('domicile.client_key')"))
          .isEqualTo(key);
    }
  }

  @Test
  void theDriversOwnPreparedStatementsSurvive() throws SQLException {
    for (int i = 0; i < 20; i++) {
      TenantId tenant = i % 2 == 0 ? A : B;
      try (TenantScope scope = TenantContext.open(tenant);
          Connection connection = router.dataSource().getConnection();
          var query = connection.prepareStatement("SELECT count(*) FROM note WHERE body = ?")) {
        query.setString(1, "x");
        query.executeQuery().close();
        run(connection, "PREPARE mine AS SELECT 1");
        assertThat(scope.tenant()).isEqualTo(tenant);
      }
    }
  }

  @Test
  void theSameTenantKeepsItsSessionUnlessConfiguredOtherwise() throws SQLException {
    ask(router, A, "SELECT set_config('app.note', 'kept', false)");
    assertThat(ask(router, A, "SELECT current_setting('app.note', true)")).isEqualTo("kept");
    restart(
        SessionConfig.DEFAULT.withReset(SessionConfig.Reset.ON_EACH_LOAN).withAnnounceTenant(true));
    ask(router, A, "SELECT set_config('domicile.client_key', 'tenant-b', false)");
    assertThat(ask(router, A, "SELECT current_setting('domicile.client_key')"))
        .isEqualTo("tenant-a");
  }

  @Test
  void aQueryWithoutAWhereSeesOnlyTheTenantsRows() throws SQLException {
    site.eu.execute(
        """
        ALTER TABLE note ENABLE ROW LEVEL SECURITY;
        ALTER TABLE note FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON note
          USING (client_key = current_setting('domicile.client_key', true));
        """);
    restart(SessionConfig.DEFAULT.withAnnounceTenant(true));
    for (TenantId tenant : List.of(A, B, A)) {
      ask(router, tenant, "INSERT INTO note VALUES ('" + tenant + "', 'x') RETURNING body");
    }

    assertThat(ask(router, A, "SELECT count(*) FROM note")).isEqualTo("2");
    assertThat(ask(router, B, "SELECT count(*) FROM note")).isEqualTo("1");
    assertThat(ask(router, B, "SELECT string_agg(DISTINCT client_key, ',') FROM note"))
        .isEqualTo("tenant-b");
    assertThatThrownBy(
            () -> ask(router, B, "INSERT INTO note VALUES ('tenant-a', 'x') RETURNING body"))
        .hasMessageContaining("row-level security");
    assertThat(site.eu.number("SELECT count(*) FROM note")).isZero();
  }

  @Test
  void eachTenantWorksInItsOwnSchema() throws SQLException {
    site.eu.execute(
        """
        CREATE SCHEMA "t_tenant-a"; CREATE TABLE "t_tenant-a".page AS SELECT 'of a' AS body;
        CREATE SCHEMA "t_tenant-b"; CREATE TABLE "t_tenant-b".page AS SELECT 'of b' AS body;
        CREATE TABLE public.page AS SELECT 'of nobody' AS body;
        CREATE SCHEMA common; CREATE TABLE common.label AS SELECT 'red' AS name;
        """);
    restart(SessionConfig.DEFAULT.withSchemas(new SchemaPerTenant("t_", List.of("common"))));

    assertThat(ask(router, A, "SELECT body FROM page")).isEqualTo("of a");
    assertThat(ask(router, B, "SELECT body FROM page")).isEqualTo("of b");
    assertThat(ask(router, A, "SELECT name FROM label")).isEqualTo("red");
    ask(router, A, "SELECT set_config('search_path', 'public', false)");
    assertThat(ask(router, B, "SELECT body FROM page")).isEqualTo("of b");
  }

  @Test
  void aTenantWithoutItsSchemaIsRefused() throws SQLException {
    site.eu.execute("CREATE SCHEMA \"t_tenant-a\"; CREATE TABLE public.page AS SELECT 1 AS id");
    restart(SessionConfig.DEFAULT.withSchemas(new SchemaPerTenant("t_", List.of("public"))));
    String session = ask(router, A, "SELECT pg_backend_pid() FROM page");

    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> ask(router, B, "SELECT id FROM page"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("tenant 'tenant-b' has no schema 't_tenant-b'");
    }
    assertThat(ask(router, A, "SELECT pg_backend_pid() FROM page")).isEqualTo(session);
  }

  private String answer(TenantId tenant) {
    try {
      return ask(router, tenant, "SELECT 1");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String settings(TenantId tenant) throws SQLException {
    try (TenantScope scope = TenantContext.open(tenant);
        Connection connection = router.dataSource().getConnection()) {
      Connection pooled = connection.unwrap(Connection.class);
      return scope.tenant()
          + " "
          + connection.getHoldability()
          + connection.getTypeMap()
          + pooled.isReadOnly()
          + pooled.getNetworkTimeout();
    }
  }

  private void restart(SessionConfig sessions) {
    router.close();
    router = start(sessions);
  }

  private Router start(SessionConfig sessions) {
    DatabaseConfig one = Site.config(site.eu, new PoolConfig(1, Duration.ofSeconds(5)));
    return new Router(site.config(Map.of(EU, one)).withSessions(sessions));
  }
}
