package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.TestDatabases;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Realms come and go, hang and die, and cost the others nothing. */
final class RealmPoolsIT {
  private static final Realm AU = new Realm("AU");
  private static final PoolConfig SMALL =
      new PoolConfig(2, Duration.ofSeconds(2)).withMaximumWaiting(3);

  private static EmbeddedServer fragile;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Database eu;
  private Site site;
  private Router router;

  @BeforeAll
  static void startServer() {
    fragile = EmbeddedServer.startDurable();
  }

  @AfterAll
  static void stopServer() {
    fragile.close();
  }

  @BeforeEach
  void open() {
    eu = fragile.createDatabase("eu_" + System.nanoTime());
    site = new Site(databases.create("control", Site::createTables), databases.create("us"), eu);
    router =
        new Router(
            site.config(Map.of(US, Site.config(site.us, SMALL), EU, Site.config(eu, SMALL))));
    router.routes().add(A, US);
    router.routes().add(B, EU);
  }

  @AfterEach
  void close() {
    fragile.resume();
    router.close();
    threads.shutdownNow();
  }

  @Test
  void aRealmIsAddedAndRemovedWhileTheRouterRuns() throws SQLException {
    TenantId tenant = new TenantId("down-under");
    router.routes().add(tenant, AU);
    assertThatThrownBy(() -> Site.ask(router, tenant, "SELECT 1"))
        .isInstanceOf(UnknownRealmException.class);

    Database au = databases.create("au");
    router.addRealm(AU, Site.config(au));
    assertThat(Site.ask(router, tenant, "SELECT current_database()")).isEqualTo(au.name());
    assertThat(router.realms()).containsExactlyInAnyOrder(US, EU, AU);
    assertThatIllegalStateException()
        .isThrownBy(() -> router.addRealm(AU, Site.config(au)))
        .withMessageContaining("realm AU is configured already");

    assertThat(router.removeRealm(AU)).isTrue();
    assertThat(router.removeRealm(AU)).isFalse();
    assertThatThrownBy(() -> Site.ask(router, tenant, "SELECT 1"))
        .isInstanceOf(UnknownRealmException.class);
    assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(site.us.name());
  }

  @Test
  void removingARealmTellsThoseWhoWaitAndWaitsForThoseWhoWork() throws Exception {
    List<Connection> lent = List.of(borrow(B), borrow(B));
    Future<String> waiting = threads.submit(() -> Site.ask(router, B, "SELECT 1"));
    await().until(() -> health(EU).waiting() == 1);

    Future<Boolean> removal = threads.submit(() -> router.removeRealm(EU));
    assertThatThrownBy(waiting::get)
        .hasCauseInstanceOf(RealmUnavailableException.class)
        .hasMessageContaining("its pool was closed");
    assertThat(removal).isNotDone();
    for (Connection connection : lent) {
      assertThat(Site.ask(connection, "SELECT 'still works'")).isEqualTo("still works");
      connection.close();
    }
    assertThat(removal.get()).isTrue();
  }

  @Test
  void closingTheRouterTellsThoseWhoWait() throws Exception {
    List<Connection> lent = List.of(borrow(B), borrow(B));
    Future<String> waiting = threads.submit(() -> Site.ask(router, B, "SELECT 1"));
    await().until(() -> health(EU).waiting() == 1);
    Future<?> closing = threads.submit(router::close);

    assertThatThrownBy(waiting::get).hasCauseInstanceOf(RealmUnavailableException.class);
    for (Connection connection : lent) {
      connection.close();
    }
    closing.get();
  }

  @Test
  void aRealmThatHangsHoldsABoundedNumberOfCallersAndNoneOfTheOthers() throws Exception {
    Site.ask(router, B, "SELECT 1");
    fragile.pause();
    List<Future<String>> callers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      callers.add(threads.submit(() -> Site.ask(router, B, "SELECT 1")));
    }

    await().until(() -> callers.stream().filter(caller -> !caller.isDone()).count() <= 5);
    for (int i = 0; i < 20; i++) {
      assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(site.us.name());
    }
    assertThat(health(EU).problem()).isNotNull();
    assertThat(health(US).isUp()).isTrue();
    List<Future<String>> refused = callers.stream().filter(Future::isDone).toList();
    assertThat(refused)
        .allSatisfy(
            caller ->
                assertThatThrownBy(caller::get)
                    .hasCauseInstanceOf(RealmUnavailableException.class));
    assertThat(router.refusals().count(Refusal.REALM_UNAVAILABLE))
        .isGreaterThanOrEqualTo(refused.size());

    fragile.resume();
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> Site.ask(router, B, "SELECT 1").equals("1"));
    assertThat(health(EU).isUp()).isTrue();
  }

  @Test
  void noMoreCallersWaitThanAreConfigured() throws Exception {
    // They wait far longer than the test: whoever comes back was refused.
    PoolConfig patient = new PoolConfig(2, Duration.ofMinutes(5)).withMaximumWaiting(3);
    assertThat(router.removeRealm(US)).isTrue();
    router.addRealm(US, Site.config(site.us, patient));
    List<Connection> lent = List.of(borrow(A), borrow(A));
    List<Future<String>> callers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      callers.add(threads.submit(() -> Site.ask(router, A, "SELECT 1")));
    }
    await().until(() -> callers.stream().filter(caller -> !caller.isDone()).count() == 3);
    for (Connection connection : lent) {
      connection.close();
    }
    await().until(() -> callers.stream().allMatch(Future::isDone));
  }

  @Test
  void aThreadIsFreeOnceItsForgottenConnectionIsDead() throws SQLException {
    try (TenantScope scope = TenantContext.open(B)) {
      Connection forgotten = router.dataSource().getConnection();
      assertThat(forgotten.isClosed()).isFalse();
      assertThat(scope.tenant()).isEqualTo(B);
    }
    assertThatIllegalStateException().isThrownBy(() -> TenantContext.open(A));
    router.removeRealm(EU);
    assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(site.us.name());
  }

  @Test
  void aRouteThatChangesTakesEffectInTheNextScopeAlsoAfterALeak() throws SQLException {
    Connection forgotten;
    try (TenantScope scope = TenantContext.open(A)) {
      forgotten = router.dataSource().getConnection();
      assertThat(scope.tenant()).isEqualTo(A);
    }
    assertThat(router.routes().moveTo(router.routes().find(A).orElseThrow(), EU)).isTrue();
    await().until(() -> router.resolve(A).realm().equals(EU));
    assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(eu.name());
    forgotten.close();
  }

  @Test
  void aRealmThatIsDeadIsRefusedAndServedAgainWhenItIsBack() throws Exception {
    Site.ask(router, B, "SELECT 1");
    fragile.kill();
    assertThatThrownBy(() -> Site.ask(router, B, "SELECT 1"))
        .isInstanceOf(RealmUnavailableException.class)
        .hasMessageContaining("realm EU is not available: it was not reached");
    assertThatThrownBy(() -> Site.ask(router, B, "SELECT 1"))
        .isInstanceOf(RealmUnavailableException.class)
        .hasMessageContaining("the last attempts to reach it failed");

    fragile.restart();
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> Site.ask(router, B, "SELECT 1").equals("1"));
  }

  @Test
  void connectionsThatDiedInThePoolAreReplacedWithoutTheCallerSeeingIt() throws SQLException {
    TenantId other = new TenantId("other");
    router.routes().add(other, EU);
    Site.ask(router, B, "SELECT 1");
    fragile
        .asSuperuser(eu)
        .list(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE application_name = 'domicile-EU'");
    assertThat(Site.ask(router, other, "SELECT current_database()")).isEqualTo(eu.name());
  }

  @Test
  void metersFollowTheRealmsAndTheRefusals() throws SQLException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    new RouterMetrics(router).bindTo(registry);
    Site.ask(router, A, "SELECT 1");
    Site.ask(router, A, "SELECT 1");
    assertThatThrownBy(() -> router.resolve(new TenantId("nobody")))
        .isInstanceOf(UnknownTenantException.class);
    await().until(() -> router.feed().age().isPresent());

    assertThat(registry.get("domicile.routes.cached").gauge().value()).isEqualTo(1);
    assertThat(registry.get("domicile.routes.misses").functionCounter().count()).isEqualTo(2);
    assertThat(registry.get("domicile.routes.hits").functionCounter().count()).isEqualTo(1);
    assertThat(registry.get("domicile.routes.load").functionTimer().count()).isEqualTo(2);
    assertThat(registry.get("domicile.feed.age").timeGauge().value()).isNotNegative();
    assertThat(
            registry
                .get("domicile.refusals")
                .tag("cause", "unknown_tenant")
                .functionCounter()
                .count())
        .isEqualTo(1);
    assertThat(maximum(registry, "US")).isEqualTo(2);

    router.addRealm(
        AU, Site.config(databases.create("au"), new PoolConfig(1, Duration.ofSeconds(5))));
    assertThat(maximum(registry, "AU")).isEqualTo(1);
    router.removeRealm(AU);
    assertThat(registry.find("domicile.connections").tag("realm", "AU").gauge()).isNull();
  }

  private static double maximum(SimpleMeterRegistry registry, String realm) {
    return registry
        .get("domicile.connections")
        .tag("realm", realm)
        .tag("state", "maximum")
        .gauge()
        .value();
  }

  private Connection borrow(TenantId tenant) throws InterruptedException, ExecutionException {
    Callable<Connection> task =
        () -> {
          try (TenantScope scope = TenantContext.open(tenant)) {
            assertThat(scope.tenant()).isEqualTo(tenant);
            return router.dataSource().getConnection();
          }
        };
    return threads.submit(task).get();
  }

  private RealmHealth health(Realm realm) {
    return router.health().stream()
        .filter(health -> health.realm().equals(realm))
        .findAny()
        .orElseThrow();
  }
}
