package dev.domicile.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class RouterIT {
  private static final TenantId TENANT = new TenantId("tenant-a");
  private static final Realm US = new Realm("US");
  private static final Realm EU = new Realm("EU");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private Database control;
  private Database us;
  private Database eu;
  private Router router;

  @BeforeEach
  void open() {
    control = databases.create("control", Site::createTables);
    us = databases.create("us");
    eu = databases.create("eu");
    router =
        new Router(
            new RouterConfig(config(control), Map.of(US, config(us), EU, config(eu)))
                .withCache(Site.CACHE.withUnknownTimeToLive(Duration.ofHours(1))));
  }

  @AfterEach
  void close() {
    router.close();
  }

  @Test
  void connectsToTheDatabaseOfTheTenantsRealm() throws SQLException {
    router.routes().add(TENANT, EU);

    try (TenantScope scope = TenantContext.open(TENANT)) {
      assertThat(currentDatabase()).isEqualTo(eu.name());
      assertThat(router.resolve(scope.tenant()).realm()).isEqualTo(EU);
    }
  }

  @Test
  void refusesWithoutATenant() {
    assertThatThrownBy(router.dataSource()::getConnection).isInstanceOf(NoTenantException.class);
  }

  @Test
  void refusesATenantWithoutARoute() {
    try (TenantScope scope = TenantContext.open(TENANT)) {
      assertThatThrownBy(router.dataSource()::getConnection)
          .isInstanceOf(UnknownTenantException.class)
          .hasMessageContaining(scope.tenant().clientKey());
    }
  }

  @Test
  void refusesARealmThatIsNotConfigured() {
    router.routes().add(TENANT, new Realm("AU"));

    try (TenantScope scope = TenantContext.open(TENANT)) {
      assertThatThrownBy(router.dataSource()::getConnection)
          .isInstanceOf(UnknownRealmException.class)
          .hasMessageContaining("AU")
          .hasMessageContaining(scope.tenant().clientKey());
    }
  }

  @Test
  void refusesAFrozenTenantForTheMoment() {
    router.routes().add(TENANT, US);
    Route route = router.routes().find(TENANT).orElseThrow();
    assertThat(router.routes().setState(route, Route.State.FROZEN)).isTrue();

    try (TenantScope scope = TenantContext.open(TENANT)) {
      assertThatThrownBy(router.dataSource()::getConnection)
          .isInstanceOf(TenantFrozenException.class)
          .hasMessageContaining(scope.tenant().clientKey());
    }
  }

  @Test
  void refusesCredentialsOfTheCaller() {
    assertThatThrownBy(() -> router.dataSource().getConnection("a", "b"))
        .isInstanceOf(SQLFeatureNotSupportedException.class);
  }

  @Test
  void hearsOfAChangedRouteWithoutWaitingForTheCacheToExpire() throws SQLException {
    router.routes().add(TENANT, US);
    assertThat(router.resolve(TENANT).realm()).isEqualTo(US);

    assertThat(router.routes().moveTo(router.routes().find(TENANT).orElseThrow(), EU)).isTrue();

    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(router.resolve(TENANT).realm()).isEqualTo(EU));
    assertThat(router.resolve(TENANT).epoch()).isEqualTo(2);
  }

  @Test
  void learnsWhatItMissedWhileItsListenerWasCutOff() throws SQLException {
    router.routes().add(TENANT, US);
    assertThat(router.resolve(TENANT).realm()).isEqualTo(US);

    TestDatabases.server()
        .asSuperuser(control)
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE application_name = 'domicile-route-feed'"
                + " AND datname = current_database();"
                + "UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1");

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(router.resolve(TENANT).realm()).isEqualTo(EU));
  }

  @Test
  void survivesANoticeThatNamesNoTenant() throws SQLException {
    router.routes().add(TENANT, US);
    assertThat(router.resolve(TENANT).realm()).isEqualTo(US);
    control.execute("SELECT pg_notify('domicile_route', '')");
    router.routes().moveTo(router.routes().find(TENANT).orElseThrow(), EU);
    await().untilAsserted(() -> assertThat(router.resolve(TENANT).realm()).isEqualTo(EU));
    router.routes().moveTo(router.routes().find(TENANT).orElseThrow(), US);
    await().untilAsserted(() -> assertThat(router.resolve(TENANT).realm()).isEqualTo(US));
  }

  @Test
  void staysOnOneRouteWithinAScopeAndInCarriedTasks() throws Exception {
    router.routes().add(TENANT, US);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (TenantScope scope = TenantContext.open(TENANT)) {
      assertThat(currentDatabase()).isEqualTo(us.name());
      router.routes().moveTo(router.routes().find(scope.tenant()).orElseThrow(), EU);
      await().until(() -> router.resolve(TENANT).realm().equals(EU));

      assertThat(currentDatabase()).isEqualTo(us.name());
      assertThat(other.submit(TenantContext.carryCallable(this::currentDatabase)).get())
          .isEqualTo(us.name());
    } finally {
      other.shutdownNow();
    }
    try (TenantScope scope = TenantContext.open(TENANT)) {
      assertThat(currentDatabase()).isEqualTo(eu.name());
      assertThat(scope.tenant()).isEqualTo(TENANT);
    }
  }

  @Test
  void aThreadThatHoldsAConnectionOfOneTenantTakesNoOther() throws Exception {
    TenantId other = new TenantId("tenant-b");
    router.routes().add(TENANT, US);
    router.routes().add(other, EU);
    Runnable carried;
    try (TenantScope scope = TenantContext.open(other)) {
      carried = TenantContext.carry(() -> assertThat(scope.tenant()).isEqualTo(other));
    }
    Connection open;
    try (TenantScope scope = TenantContext.open(TENANT)) {
      open = router.dataSource().getConnection();
      assertThatIllegalStateException()
          .isThrownBy(carried::run)
          .withMessageContaining("holds an open connection of tenant 'tenant-a'");
      assertThat(TenantContext.tenant()).contains(scope.tenant());
    }

    // The scope is closed; a transaction that a framework has bound to the thread may not be.
    assertThat(TenantContext.tenant()).isEmpty();
    assertThatThrownBy(router.dataSource()::getConnection).isInstanceOf(NoTenantException.class);
    assertThatIllegalStateException().isThrownBy(() -> TenantContext.open(other));
    try (TenantScope again = TenantContext.open(TENANT)) {
      assertThat(again.tenant()).isEqualTo(TENANT);
    }
    assertThatIllegalStateException().isThrownBy(() -> TenantContext.open(other));

    open.close();
    try (TenantScope scope = TenantContext.open(other)) {
      assertThat(currentDatabase()).isEqualTo(eu.name());
      assertThat(scope.tenant()).isEqualTo(other);
    }
    carried.run();
  }

  @Test
  void movesARouteOnlyFromTheEpochThatTheCallerSaw() {
    router.routes().add(TENANT, US);
    Route seen = router.routes().find(TENANT).orElseThrow();

    assertThat(router.routes().moveTo(seen, EU)).isTrue();
    assertThat(router.routes().moveTo(seen, US)).isFalse();
    assertThat(router.routes().remove(seen)).isFalse();
    assertThat(router.routes().find(TENANT).orElseThrow().realm()).isEqualTo(EU);
    assertThat(router.routes().add(TENANT, US)).isFalse();
  }

  @Test
  void saysThatTheControlDatabaseDoesNotAnswer() {
    DatabaseConfig nowhere =
        new DatabaseConfig(
            "jdbc:postgresql://localhost:1/none",
            "nobody",
            "secret",
            new PoolConfig(1, Duration.ofSeconds(1)));
    try (Router lost = new Router(new RouterConfig(nowhere, Map.of(US, config(us))))) {
      assertThatThrownBy(() -> lost.resolve(TENANT))
          .isInstanceOf(RouteUnavailableException.class)
          .hasMessageNotContaining("secret");
    }
  }

  private String currentDatabase() throws SQLException {
    return first(router.dataSource(), "SELECT current_database()");
  }

  private static String first(DataSource source, String sql) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static DatabaseConfig config(Database database) {
    return new DatabaseConfig(
        database.url(),
        database.user(),
        database.password(),
        new PoolConfig(2, Duration.ofSeconds(5)));
  }
}
