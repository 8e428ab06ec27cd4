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
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Promise P9: what a node does while the control database is down, and after. */
final class OutageIT {
  private static EmbeddedServer server;

  @RegisterExtension final TestDatabases databases = new TestDatabases();
  @TempDir Path folder;

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
    router = start(CacheConfig.DEFAULT);
    router.routes().add(A, US);
    router.routes().add(B, EU);
    warmUp();
  }

  @AfterEach
  void close() {
    server.resume();
    router.close();
    threads.shutdownNow();
  }

  @Test
  void servesWarmTenantsAndRefusesColdOnesAtOnceWhileTheServerHangs() throws Exception {
    outage(server::pause, server::resume);
  }

  @Test
  void servesWarmTenantsAndRefusesColdOnesAtOnceWhileTheServerIsDead() throws Exception {
    outage(server::kill, server::restart);
  }

  @Test
  void learnsWhatChangedWhileItWasCutOffByARestart() throws SQLException {
    server.kill();
    server.restart();
    site.control.execute(
        "UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1 WHERE client_key = 'tenant-a'");
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(router.resolve(A).realm()).isEqualTo(EU));
  }

  @Test
  void believesNoRouteForLongerThanItsStaleness() throws Exception {
    restart(CacheConfig.DEFAULT.withStaleness(Duration.ofSeconds(2)));
    warmUp();
    server.pause();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> router.resolve(A))
                    .isInstanceOf(RouteUnavailableException.class));

    server.resume();
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(router.resolve(A).realm()).isEqualTo(US));
  }

  @Test
  void aNodeThatStartsDuringTheOutageServesWhatItKnew() throws Exception {
    CacheConfig cache = CacheConfig.DEFAULT.withSnapshotFile(folder.resolve("routes"));
    restart(cache);
    warmUp();
    server.pause();
    restart(cache);

    assertThat(router.resolve(A).realm()).isEqualTo(US);
    assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(site.us.name());
    assertThatThrownBy(() -> router.resolve(B)).isInstanceOf(RouteUnavailableException.class);

    // And once more: a node that only read the file leaves it as it is.
    restart(cache);
    assertThat(router.resolve(A).realm()).isEqualTo(US);

    server.resume();
    site.control.execute(
        "UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1 WHERE client_key = 'tenant-a'");
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(router.resolve(A).realm()).isEqualTo(EU));
  }

  @Test
  void aSnapshotThatIsTooOldOrNotWholeIsNotBelieved() throws Exception {
    Path file = folder.resolve("routes");
    CacheConfig cache =
        CacheConfig.DEFAULT.withSnapshotFile(file).withStaleness(Duration.ofMinutes(5));
    restart(cache);
    warmUp();
    server.pause();
    router.close();
    String whole = Files.readString(file);
    String old =
        whole.replaceFirst(
            "\t[^\n]*", "\t" + Instant.now().minus(Duration.ofMinutes(6)).toString());

    for (String damaged :
        List.of(
            old, whole.substring(0, whole.length() - 7), "", "x\ty\n", whole.replace("US", "us"))) {
      Files.writeString(file, damaged);
      router = start(cache);
      assertThatThrownBy(() -> router.resolve(A)).isInstanceOf(RouteUnavailableException.class);
      router.close();
    }
    Files.writeString(file, whole);
    router = start(cache);
    assertThat(router.resolve(A).realm()).isEqualTo(US);
  }

  /** Gets tenant A's route into the cache and has the feed vouch for it. */
  private void warmUp() {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(router.resolve(A).realm()).isEqualTo(US));
    await().until(() -> router.feed().age().isPresent());
  }

  private void outage(Runnable begin, Runnable end) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    List<Future<Long>> warm = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      warm.add(threads.submit(() -> serve(over)));
    }
    begin.run();
    try {
      // The first callers wait within the limit; after that nobody waits.
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> router.resolve(B)).isInstanceOf(RouteUnavailableException.class);
      }
      List<Future<?>> cold = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        cold.add(
            threads.submit(
                () ->
                    assertThatThrownBy(() -> router.resolve(B))
                        .isInstanceOf(RouteUnavailableException.class)
                        .hasMessageContaining("try again in a moment")));
      }
      for (Future<?> refused : cold) {
        refused.get();
      }
    } finally {
      end.run();
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(router.resolve(B).realm()).isEqualTo(EU));
    over.set(true);
    for (Future<Long> served : warm) {
      assertThat(served.get()).isPositive();
    }
    assertThat(router.refusals().count(Refusal.ROUTE_UNAVAILABLE)).isGreaterThanOrEqualTo(53);
  }

  private long serve(AtomicBoolean over) throws SQLException {
    long served = 0;
    while (!over.get()) {
      assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(site.us.name());
      served++;
    }
    return served;
  }

  private void restart(CacheConfig cache) {
    router.close();
    router = start(cache);
  }

  private Router start(CacheConfig cache) {
    PoolConfig patient = new PoolConfig(6, Duration.ofSeconds(5));
    return new Router(
        new RouterConfig(
                Site.config(site.control, new PoolConfig(2, Duration.ofSeconds(1))),
                Map.of(US, Site.config(site.us, patient), EU, Site.config(site.eu, patient)))
            .withFeed(new FeedConfig(true, Duration.ofMillis(500)))
            .withCache(cache));
  }
}
