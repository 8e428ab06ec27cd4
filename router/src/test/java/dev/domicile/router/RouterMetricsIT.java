package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.TestDatabases;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each meter shows what it is called after, and nothing else. */
final class RouterMetricsIT {
  private static EmbeddedServer server;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Site site;
  private Router router;

  @BeforeAll
  static void startServer() {
    server = EmbeddedServer.startDurable();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() {
    Database control = server.createDatabase("control_" + System.nanoTime());
    Site.createTables(control);
    site = new Site(control, databases.create("us"), databases.create("eu"));
    router =
        new Router(
            new RouterConfig(
                    Site.config(site.control, new PoolConfig(2, Duration.ofSeconds(20))),
                    Map.of(
                        US, Site.config(site.us, new PoolConfig(2, Duration.ofSeconds(20))),
                        EU, Site.config(site.eu, new PoolConfig(1, Duration.ofSeconds(1)))))
                .withFeed(new FeedConfig(true, Duration.ofMillis(200))));
    new RouterMetrics(router).bindTo(registry);
    router.routes().add(A, US);
    router.routes().add(B, EU);
    await().until(() -> router.feed().age().isPresent());
  }

  @AfterEach
  void close() {
    server.resume();
    router.close();
    threads.shutdownNow();
  }

  @Test
  void hitsMissesAndLoads() throws SQLException {
    awaitRoute(A);
    double misses = counter("domicile.routes.misses");
    for (int i = 0; i < 3; i++) {
      Site.ask(router, A, "SELECT 1");
    }
    assertThat(counter("domicile.routes.hits")).isEqualTo(3);
    assertThat(counter("domicile.routes.misses")).isEqualTo(misses);
    assertThat(registry.get("domicile.routes.cached").gauge().value()).isEqualTo(1);

    awaitRoute(B);
    assertThat(counter("domicile.routes.misses")).isGreaterThan(misses);
    assertThat(registry.get("domicile.routes.cached").gauge().value()).isEqualTo(2);
    assertThat(registry.get("domicile.routes.load").functionTimer().count()).isPositive();
    assertThat(registry.get("domicile.routes.load").functionTimer().totalTime(TimeUnit.SECONDS))
        .isBetween(1e-6, 60.0);
  }

  @Test
  void theAgeOfTheFeedGrowsWhileTheControlDatabaseIsSilent() {
    await().until(() -> feedAge() < 1);
    double failures = counter("domicile.routes.load.failures");
    server.pause();
    await().atMost(Duration.ofSeconds(30)).until(() -> feedAge() > 2);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThatThrownBy(() -> router.resolve(A))
                  .isInstanceOf(RouteUnavailableException.class);
              assertThat(counter("domicile.routes.load.failures")).isGreaterThan(failures);
            });
    assertThat(refusals(Refusal.ROUTE_UNAVAILABLE)).isPositive();

    server.resume();
    await().atMost(Duration.ofSeconds(30)).until(() -> feedAge() < 1);
  }

  @Test
  void theAgeIsNoNumberUntilTheControlDatabaseWasHeardFrom() {
    DatabaseConfig nowhere =
        new DatabaseConfig("jdbc:postgresql://localhost:1/none", "nobody", "secret");
    SimpleMeterRegistry own = new SimpleMeterRegistry();
    try (Router deaf = new Router(new RouterConfig(nowhere, Map.of(US, Site.config(site.us))))) {
      new RouterMetrics(deaf).bindTo(own);
      assertThat(own.get("domicile.feed.age").timeGauge().value()).isNaN();
    }
  }

  @Test
  void refusalsByCause() throws Exception {
    assertThatThrownBy(router.dataSource()::getConnection).isInstanceOf(NoTenantException.class);
    counts(Refusal.NO_TENANT, 1);

    refused(new TenantId("nobody"), "SELECT 1", UnknownTenantException.class);
    counts(Refusal.UNKNOWN_TENANT, 1);

    TenantId far = new TenantId("far");
    router.routes().add(far, new Realm("MARS"));
    refused(far, "SELECT 1", UnknownRealmException.class);
    counts(Refusal.UNKNOWN_REALM, 1);

    TenantId frozen = new TenantId("frozen");
    router.routes().add(frozen, US);
    site.control.execute(
        "UPDATE domicile.route SET state = 'FROZEN', epoch = epoch + 1"
            + " WHERE client_key = 'frozen'");
    awaitRoute(frozen);
    refused(frozen, "SELECT 1", TenantFrozenException.class);
    counts(Refusal.TENANT_FROZEN, 1);

    awaitRoute(A);
    refused(
        A, "DO $$ BEGIN RAISE EXCEPTION '' USING ERRCODE = 'DM001'; END $$", SQLException.class);
    counts(Refusal.TENANT_FENCED, 1);

    awaitRoute(B);
    try (TenantScope scope = TenantContext.open(B);
        Connection only = router.dataSource().getConnection()) {
      assertThat(only.isClosed()).isFalse();
      assertThatThrownBy(router.dataSource()::getConnection)
          .as("a second one for %s", scope.tenant())
          .isInstanceOf(RealmUnavailableException.class);
    }
    counts(Refusal.REALM_UNAVAILABLE, 1);
    counts(Refusal.ROUTE_UNAVAILABLE, 0);
    // None counts for another.
    for (Refusal cause : Refusal.values()) {
      counts(cause, cause == Refusal.ROUTE_UNAVAILABLE ? 0 : 1);
    }
  }

  @Test
  void connectionsByRealmAndState() throws Exception {
    awaitRoute(A);
    assertThat(connections("US", "maximum")).isEqualTo(2);
    assertThat(connections("EU", "maximum")).isEqualTo(1);
    await().until(() -> connections("US", "idle") == 2);
    Future<String> waiting;
    try (TenantScope scope = TenantContext.open(A);
        Connection first = router.dataSource().getConnection()) {
      assertThat(first.isClosed()).isFalse();
      assertThat(connections("US", "active")).isEqualTo(1);
      assertThat(connections("US", "idle")).isEqualTo(1);
      try (Connection second = router.dataSource().getConnection()) {
        assertThat(second.isClosed()).isFalse();
        waiting = threads.submit(() -> Site.ask(router, A, "SELECT 'served'"));
        await().until(() -> connections("US", "waiting") == 1);
        assertThat(connections("US", "active")).isEqualTo(2);
        assertThat(connections("EU", "active")).as("beside %s", scope.tenant()).isZero();
        assertThat(connections("EU", "waiting")).isZero();
      }
    }
    assertThat(waiting.get()).isEqualTo("served");
    await().until(() -> connections("US", "active") == 0 && connections("US", "waiting") == 0);
  }

  private void refused(TenantId tenant, String sql, Class<? extends SQLException> error) {
    assertThatThrownBy(() -> Site.ask(router, tenant, sql)).isInstanceOf(error);
  }

  private void counts(Refusal cause, int times) {
    assertThat(refusals(cause)).as(cause.name()).isEqualTo(times);
  }

  private double refusals(Refusal cause) {
    return registry
        .get("domicile.refusals")
        .tag("cause", cause.name().toLowerCase(Locale.ROOT))
        .functionCounter()
        .count();
  }

  private double counter(String name) {
    return registry.get(name).functionCounter().count();
  }

  private double feedAge() {
    return registry.get("domicile.feed.age").timeGauge().value();
  }

  private double connections(String realm, String state) {
    return registry
        .get("domicile.connections")
        .tag("realm", realm)
        .tag("state", state)
        .gauge()
        .value();
  }

  /** On a busy machine the first load may take longer than its limit. */
  private void awaitRoute(TenantId tenant) {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> router.resolve(tenant).tenant().equals(tenant));
  }
}
