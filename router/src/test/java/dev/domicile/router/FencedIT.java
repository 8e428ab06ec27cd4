package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static dev.domicile.router.Site.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What callers of a tenant meet that is being moved, or has moved, and how a stale node heals. */
final class FencedIT {
  /** Longer than any test: whoever sees a change in time did not hear of it from the feed. */
  private static final FeedConfig DEAF = new FeedConfig(false, Duration.ofMinutes(5));

  private static final Duration LONG = Duration.ofSeconds(50);

  private static final String INSERT = "INSERT INTO note VALUES ('%s')";

  /** The ways to meet the fence. */
  private static final Map<String, Write> WRITES = new LinkedHashMap<>();

  static {
    WRITES.put("statement", FencedIT::insert);
    WRITES.put(
        "prepared",
        (connection, tenant) -> {
          try (PreparedStatement insert =
              connection.prepareStatement("INSERT INTO note VALUES (?)")) {
            insert.setString(1, tenant.clientKey());
            insert.executeUpdate();
          }
        });
    WRITES.put(
        "batch",
        (connection, tenant) -> {
          try (Statement batch = connection.createStatement()) {
            batch.addBatch("SET work_mem = '5MB'");
            batch.addBatch(INSERT.formatted(tenant));
            batch.executeBatch();
          }
        });
    WRITES.put(
        "commit",
        (connection, tenant) -> {
          connection.setAutoCommit(false);
          Site.run(connection, "INSERT INTO late VALUES ('%s')".formatted(tenant));
          connection.commit();
        });
  }

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Site site;
  private Router router;

  @BeforeEach
  void open() {
    site = new Site(databases);
    site.us.execute(
        """
        CREATE TABLE note (client_key text);
        CREATE TABLE late (client_key text);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'fenced' USING ERRCODE = 'DM001'; END $$;
        CREATE TRIGGER fence BEFORE INSERT ON note FOR EACH ROW
          EXECUTE FUNCTION refuse();
        CREATE CONSTRAINT TRIGGER fence AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION refuse();
        """);
    router = start(DEAF, Duration.ZERO);
    router.routes().add(A, US);
    router.routes().add(B, US);
    // After its first look at the control database it hears of nothing.
    await().until(() -> router.feed().age().isPresent());
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    router.close();
  }

  @Test
  void aStaleNodeLooksAgainWhereATenantLivesWhomARealmRefuses() throws SQLException {
    for (Map.Entry<String, Write> way : WRITES.entrySet()) {
      TenantId tenant = new TenantId(way.getKey());
      router.routes().add(tenant, US);
      assertThat(router.resolve(tenant).realm()).isEqualTo(US);
      move(tenant, EU);
      long refused = router.refusals().count(Refusal.TENANT_FENCED);

      SQLException error =
          catchThrowableOfType(SQLException.class, () -> write(tenant, way.getValue()));

      assertThat(error.getSQLState()).as(way.getKey()).isEqualTo(TenantFrozenException.FENCED);
      assertThat(TenantFrozenException.isBehind(new IllegalStateException(error))).isTrue();
      await().until(() -> router.resolve(tenant).realm().equals(EU));
      assertThat(ask(router, tenant, "SELECT current_database()")).isEqualTo(site.eu.name());
      assertThat(router.refusals().count(Refusal.TENANT_FENCED)).isGreaterThan(refused);
    }
  }

  @Test
  void itLooksForNoOtherTenant() throws SQLException {
    Route untouched = router.resolve(B);
    move(B, EU);
    assertThat(router.resolve(A).realm()).isEqualTo(US);
    move(A, EU);
    assertThatThrownBy(() -> write(A, FencedIT::insert)).hasMessageContaining("fenced");
    await().until(() -> router.resolve(A).realm().equals(EU));
    assertThat(router.resolve(B)).isSameAs(untouched);
  }

  @Test
  void theScopeThatWasRefusedStaysInItsRealm() throws SQLException {
    assertThat(router.resolve(A).realm()).isEqualTo(US);
    move(A, EU);
    try (TenantScope scope = TenantContext.open(A)) {
      try (Connection connection = router.dataSource().getConnection()) {
        assertThatThrownBy(() -> insert(connection, A)).hasMessageContaining("fenced");
      }
      await().until(() -> router.resolve(scope.tenant()).realm().equals(EU));
      try (Connection connection = router.dataSource().getConnection()) {
        assertThat(ask(connection, "SELECT current_database()")).isEqualTo(site.us.name());
      }
    }
  }

  @Test
  void otherErrorsHaveNobodyLookAgain() throws SQLException {
    assertThat(ask(router, A, "SELECT 1")).isEqualTo("1");
    long read = router.loads().tenants();
    for (String wrong : List.of("SELECT 1 / 0", "SELEC", "INSERT INTO nowhere VALUES (1)")) {
      assertThatThrownBy(() -> ask(router, A, wrong))
          .matches(error -> !TenantFrozenException.isBehind(error));
    }
    // A look would have been answered before this one.
    assertThat(router.resolve(B).realm()).isEqualTo(US);
    assertThat(router.loads().tenants()).isEqualTo(read + 1);
    assertThat(router.refusals().count(Refusal.TENANT_FENCED)).isZero();
  }

  @Test
  void aFrozenTenantIsRefusedAtOnceAndServedInTheSameScopeLater() throws SQLException {
    restart(Duration.ZERO);
    freeze(A);
    try (TenantScope scope = TenantContext.open(A)) {
      assertThatThrownBy(() -> router.dataSource().getConnection())
          .isInstanceOf(TenantFrozenException.class)
          .matches(TenantFrozenException::isBehind);
      move(scope.tenant(), EU);
      await().until(() -> router.resolve(A).realm().equals(EU));
      try (Connection connection = router.dataSource().getConnection()) {
        assertThat(ask(connection, "SELECT current_database()")).isEqualTo(site.eu.name());
      }
    }
  }

  @Test
  void aFrozenTenantIsWaitedForAndServedWhereItLivesThen() throws Exception {
    restart(LONG);
    freeze(A);
    Future<String> caller = threads.submit(() -> ask(router, A, "SELECT current_database()"));
    assertThat(ask(router, B, "SELECT current_database()")).isEqualTo(site.us.name());
    await().until(() -> router.lookup().waitingForThaw() == 1);
    assertThat(caller).isNotDone();

    move(A, EU);

    assertThat(caller.get()).isEqualTo(site.eu.name());
    assertThat(router.refusals().count(Refusal.TENANT_FROZEN)).isZero();
  }

  @Test
  void aFrozenTenantIsWaitedForNoLongerThanConfigured() throws SQLException {
    restart(Duration.ofMillis(100));
    freeze(A);
    long start = System.nanoTime();
    assertThatThrownBy(() -> ask(router, A, "SELECT 1")).isInstanceOf(TenantFrozenException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(20));
  }

  @Test
  void aFrozenTenantHoldsABoundedNumberOfCallers() throws Exception {
    restart(LONG);
    freeze(A);
    List<Future<Route>> callers = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      callers.add(threads.submit(() -> router.lookup().resolveForScope(A)));
    }
    await().until(() -> callers.stream().filter(Future::isDone).count() == 16);
    assertThat(router.refusals().count(Refusal.TENANT_FROZEN)).isEqualTo(16);
    assertThat(router.lookup().waitingForThaw()).isEqualTo(64);
    move(A, EU);
    for (Future<Route> caller : callers) {
      try {
        assertThat(caller.get().realm()).isEqualTo(EU);
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(TenantFrozenException.class);
      }
    }
    assertThat(router.lookup().waitingForThaw()).isZero();
  }

  /** Freezes the tenant and returns when the router knows. */
  private void freeze(TenantId tenant) {
    Route route = router.routes().find(tenant).orElseThrow();
    assertThat(router.routes().setState(route, Route.State.FROZEN)).isTrue();
    await().until(() -> router.resolve(tenant).state() == Route.State.FROZEN);
  }

  private void move(TenantId tenant, Realm realm) {
    assertThat(router.routes().moveTo(router.routes().find(tenant).orElseThrow(), realm)).isTrue();
  }

  private static void insert(Connection connection, TenantId tenant) throws SQLException {
    Site.run(connection, INSERT.formatted(tenant));
  }

  private void write(TenantId tenant, Write write) throws SQLException {
    try (TenantScope scope = TenantContext.open(tenant);
        Connection connection = router.dataSource().getConnection()) {
      assertThat(scope.tenant()).isEqualTo(tenant);
      write.on(connection, tenant);
    }
  }

  /** With a router that hears of changes. */
  private void restart(Duration frozenWait) {
    router.close();
    router = start(FeedConfig.DEFAULT, frozenWait);
    await().until(() -> router.feed().age().isPresent());
  }

  private Router start(FeedConfig feed, Duration frozenWait) {
    return new Router(
        site.config().withFeed(feed).withCache(Site.CACHE.withFrozenWait(frozenWait)));
  }

  /** A piece of work that writes rows. */
  @FunctionalInterface
  private interface Write {
    void on(Connection connection, TenantId tenant) throws SQLException;
  }
}
