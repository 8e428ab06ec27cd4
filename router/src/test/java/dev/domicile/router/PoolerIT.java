package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import dev.domicile.testkit.TransactionPooler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The control database behind a pooler that lends connections by transaction: one of the test kit,
 * or PgBouncer itself, where {@code -Ddomicile.test.pgbouncer} names its program.
 */
final class PoolerIT {
  private static final int MOVES = 20;
  private static final @Nullable String PGBOUNCER = System.getProperty("domicile.test.pgbouncer");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  private @Nullable TransactionPooler pooler;
  private @Nullable PgBouncer bouncer;
  private Site site;
  private Router router;

  @BeforeEach
  void open() {
    site = new Site(databases);
    Database pooled;
    if (PGBOUNCER == null) {
      pooler = new TransactionPooler(site.control);
      pooled = pooler.database();
    } else {
      bouncer = new PgBouncer(PGBOUNCER, site.control, folder);
      pooled = bouncer.database();
    }
    router =
        new Router(
            new RouterConfig(
                    Site.config(pooled), Map.of(US, Site.config(site.us), EU, Site.config(site.eu)))
                .withCache(Site.CACHE)
                .withFeed(new FeedConfig(false, Duration.ofMillis(50))));
  }

  @AfterEach
  void close() {
    router.close();
    if (pooler != null) {
      pooler.close();
    }
    if (bouncer != null) {
      bouncer.close();
    }
  }

  @Test
  void hearsOfEveryChangeByPollAlone() throws Exception {
    router.routes().add(A, US);
    router.routes().add(B, US);
    assertThat(Site.ask(router, A, "SELECT current_database()")).isEqualTo(site.us.name());
    Route untouched = router.resolve(B);
    await().until(() -> router.feed().age().isPresent());
    // The first look at a server is not of changes, so it has to be the last of its kind.
    long corrections = router.loads().queries();

    for (int i = 0; i < MOVES; i++) {
      Realm next = i % 2 == 0 ? EU : US;
      // Half of them by others, who do not know of the pooler.
      if (i % 4 < 2) {
        router.routes().moveTo(router.routes().find(A).orElseThrow(), next);
      } else {
        site.control.execute(
            "UPDATE domicile.route SET realm = '%s', epoch = epoch + 1 WHERE client_key = '%s'"
                .formatted(next, A));
      }
      await().until(() -> router.resolve(A).realm().equals(next));
    }

    assertThat(router.resolve(B)).isSameAs(untouched);
    assertThat(router.loads().queries()).isEqualTo(corrections);
    assertThat(router.loads().failures()).isZero();
    hadNoSessionOfItsOwn();
  }

  @Test
  void readsRoutesAndForgetsThoseThatWereRemoved() throws Exception {
    for (int i = 0; i < MOVES; i++) {
      TenantId tenant = new TenantId("tenant-" + i);
      router.routes().add(tenant, i % 2 == 0 ? US : EU);
      assertThat(router.resolve(tenant).realm()).isEqualTo(i % 2 == 0 ? US : EU);
    }
    TenantId removed = new TenantId("tenant-7");
    router.routes().remove(router.routes().find(removed).orElseThrow());
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> router.resolve(removed))
                    .isInstanceOf(UnknownTenantException.class));
    assertThat(router.loads().failures()).isZero();
    hadNoSessionOfItsOwn();
  }

  private void hadNoSessionOfItsOwn() {
    if (pooler != null) {
      assertThat(pooler.moves()).isGreaterThan(MOVES);
    }
  }
}
