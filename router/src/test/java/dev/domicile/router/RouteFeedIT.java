package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a node hears of changed routes: nothing is missed, nothing else is touched. */
final class RouteFeedIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final List<Router> routers = new ArrayList<>();
  private Site site;
  private RouteTable table;

  @BeforeEach
  void open() {
    site = new Site(databases);
    Router admin = start(FeedConfig.DEFAULT);
    table = admin.routes();
    table.add(A, US);
    table.add(B, US);
  }

  @AfterEach
  void close() {
    routers.forEach(Router::close);
  }

  @Test
  void hearsByPollAloneWhereNoticesDoNotWork() throws SQLException {
    Router node = start(new FeedConfig(false, Duration.ofMillis(50)));
    assertThat(realm(node, A)).isEqualTo(US);

    move(A, EU);

    await().untilAsserted(() -> assertThat(realm(node, A)).isEqualTo(EU));
  }

  @Test
  void hearsByNoticeLongBeforeThePoll() throws SQLException {
    Router node = start(new FeedConfig(true, Duration.ofMinutes(5)));
    awaitFeed(node);
    assertThat(realm(node, A)).isEqualTo(US);

    move(A, EU);

    await().untilAsserted(() -> assertThat(realm(node, A)).isEqualTo(EU));
  }

  @Test
  void readsOnlyWhatChanged() throws SQLException {
    Router node = start(FeedConfig.DEFAULT);
    awaitFeed(node);
    Route untouched = node.resolve(B);
    assertThat(realm(node, A)).isEqualTo(US);
    long queries = node.loads().queries();

    cutListener(node);
    move(A, EU);

    await().untilAsserted(() -> assertThat(realm(node, A)).isEqualTo(EU));
    assertThat(node.resolve(B)).isSameAs(untouched);
    assertThat(node.loads().queries()).isEqualTo(queries);
  }

  @Test
  void missesNoChangeOfATransactionThatCommitsLate() throws SQLException {
    Router node = start(new FeedConfig(false, Duration.ofMillis(20)));
    awaitFeed(node);
    assertThat(realm(node, A)).isEqualTo(US);
    assertThat(realm(node, B)).isEqualTo(US);

    try (Connection slow = site.control.connect()) {
      slow.setAutoCommit(false);
      Site.run(
          slow,
          "UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1 WHERE client_key = 'tenant-a'");
      move(B, EU);
      await().untilAsserted(() -> assertThat(realm(node, B)).isEqualTo(EU));
      move(B, US);
      await().untilAsserted(() -> assertThat(realm(node, B)).isEqualTo(US));
      assertThat(realm(node, A)).isEqualTo(US);
      slow.commit();
    }

    await().untilAsserted(() -> assertThat(realm(node, A)).isEqualTo(EU));
  }

  @Test
  void hearsThatARouteWasRemovedAndThatItCameBack() throws SQLException {
    Router node = start(FeedConfig.DEFAULT);
    awaitFeed(node);
    assertThat(realm(node, A)).isEqualTo(US);
    long epoch = node.resolve(A).epoch();

    assertThat(table.remove(table.find(A).orElseThrow())).isTrue();
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> node.resolve(A))
                    .isInstanceOf(UnknownTenantException.class));

    assertThat(table.add(A, EU)).isTrue();
    await().untilAsserted(() -> assertThat(realm(node, A)).isEqualTo(EU));
    assertThat(node.resolve(A).epoch()).isEqualTo(epoch + 2);
  }

  @Test
  void aTenantThatWasUnknownIsKnownAtOnce() {
    TenantId late = new TenantId("late");
    Router node = start(FeedConfig.DEFAULT);
    awaitFeed(node);
    assertThatThrownBy(() -> node.resolve(late)).isInstanceOf(UnknownTenantException.class);

    table.add(late, EU);

    await().untilAsserted(() -> assertThat(realm(node, late)).isEqualTo(EU));
  }

  @Test
  void aRouteThatWasWrittenWronglyIsRefusedAndHarmsNoOther() throws SQLException {
    site.control.execute(
        "INSERT INTO domicile.route (client_key, realm) VALUES ('wrong', 'eu'), (' ', 'EU')");
    Router node = start(FeedConfig.DEFAULT);
    awaitFeed(node);
    assertThatThrownBy(() -> node.resolve(new TenantId("wrong")))
        .isInstanceOf(UnknownTenantException.class);
    assertThat(realm(node, A)).isEqualTo(US);

    site.control.execute("UPDATE domicile.route SET epoch = epoch + 1");
    await().untilAsserted(() -> assertThat(node.resolve(A).epoch()).isEqualTo(2));
    assertThat(table.list()).hasSize(2);
  }

  @Test
  void aRouteIsNeitherDeletedNorSetBack() {
    assertThatThrownBy(() -> site.control.execute("DELETE FROM domicile.route"))
        .rootCause()
        .hasMessageContaining("a route is not deleted");
    assertThatThrownBy(() -> site.control.execute("TRUNCATE domicile.route"))
        .rootCause()
        .hasMessageContaining("a route is not deleted");
    assertThatThrownBy(() -> site.control.execute("UPDATE domicile.route SET realm = 'EU'"))
        .rootCause()
        .hasMessageContaining("epoch of a route must grow");
  }

  @Test
  void goesOnAfterRowsOfAnotherServersHistory() throws SQLException {
    // As a dump restored elsewhere leaves them: written by transactions that are yet to come here.
    TestDatabases.server()
        .asSuperuser(site.control)
        .execute(
            """
            SET session_replication_role = replica;
            INSERT INTO domicile.route (client_key, realm, version)
            SELECT 'restored-' || i, 'US', 4000000000 + i FROM generate_series(1, 100) AS i
            """);
    TenantId restored = new TenantId("restored-7");
    Router node = start(new FeedConfig(false, Duration.ofMillis(20)));
    awaitFeed(node);
    assertThat(realm(node, restored)).isEqualTo(US);

    move(restored, EU);

    await().untilAsserted(() -> assertThat(realm(node, restored)).isEqualTo(EU));
  }

  @Test
  void whatIsOfAnotherHistoryIsFoundOnce() throws SQLException {
    TestDatabases.server()
        .asSuperuser(site.control)
        .execute(
            """
            SET session_replication_role = replica;
            INSERT INTO domicile.route (client_key, realm, version)
            SELECT 'restored-' || i, 'US', 4000000000 + i FROM generate_series(1, 100) AS i
            """);
    RouteChanges changes = new RouteChanges();
    List<RouteRow> found = new ArrayList<>();
    try (Connection connection = site.control.connect()) {
      assertThat(changes.read(connection, found::add)).isFalse();
      assertThat(changes.read(connection, found::add)).isTrue();
      assertThat(found).isEmpty();
      move(A, EU);
      assertThat(changes.read(connection, found::add)).isTrue();
    }
    assertThat(found).extracting(RouteRow::tenant).containsExactly(A);
  }

  @Test
  void whatWasCachedBeforeTheFirstLookIsReadAgainUntilThatSucceeds() throws Exception {
    RouteCache cache = new RouteCache(Site.CACHE);
    AtomicInteger corrections = new AtomicInteger();
    try (RouteLoader loader = new RouteLoader(table::read, cache, Site.CACHE)) {
      assertThat(loader.load(A)).isPresent();
      move(A, EU);
      try (RouteFeed feed =
          new RouteFeed(
              Site.config(site.control).unpooled("test"),
              new FeedConfig(false, Duration.ofMillis(20)),
              cache,
              loader,
              keys -> {
                switch (corrections.getAndIncrement()) {
                  case 0 -> throw new IllegalStateException("for the test");
                  case 1 -> throw new OutOfMemoryError("not really");
                  default -> {
                    return table.read(keys);
                  }
                }
              })) {
        await().until(cache::isVouchedFor);
        assertThat(feed.age()).isPresent();
        assertThat(cache.hit(A)).isNotNull().extracting(Route::realm).isEqualTo(EU);
      }
    }
    assertThat(corrections.get()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void anIntervalThatIsLongerThanRoutesAreBelievedIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> site.config().withFeed(new FeedConfig(true, Duration.ofMinutes(6))))
        .withMessageContaining("feed.pollInterval is PT6M")
        .withMessageContaining("cache.staleness, which is PT15M");
  }

  private Router start(FeedConfig feed) {
    Router router =
        new Router(
            site.config()
                .withFeed(feed)
                .withCache(Site.CACHE.withUnknownTimeToLive(Duration.ofHours(1))));
    routers.add(router);
    return router;
  }

  private void move(TenantId tenant, Realm realm) {
    assertThat(table.moveTo(table.find(tenant).orElseThrow(), realm)).isTrue();
  }

  private void cutListener(Router node) {
    Duration before = node.feed().age().orElseThrow();
    TestDatabases.server()
        .asSuperuser(site.control)
        .list(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE application_name = 'domicile-route-feed'"
                + " AND datname = current_database()");
    assertThat(before).isPositive();
  }

  private static void awaitFeed(Router node) {
    await().until(() -> node.feed().age().isPresent());
  }

  private static Realm realm(Router node, TenantId tenant) throws SQLException {
    return node.resolve(tenant).realm();
  }
}
