package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Made-up keys, and many callers at once, cost the control database a bounded rate of queries. */
final class FloodIT {
  private static final int RATE = 50;
  private static final int THREADS = 32;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private Site site;
  private Router router;

  @BeforeEach
  void open() {
    site = new Site(databases);
    router =
        new Router(
            site.config()
                .withCache(
                    CacheConfig.DEFAULT
                        .withMaximumSize(1000)
                        .withLoadsPerSecond(RATE)
                        .withLoadTimeout(Duration.ofSeconds(10))));
    router.routes().add(A, US);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    router.close();
  }

  @Test
  void madeUpKeysAreReadTogetherAndPushOutNobody() throws Exception {
    Route warm = router.resolve(A);
    long queries = router.loads().queries();
    long start = System.nanoTime();
    List<Future<?>> callers =
        IntStream.range(0, 3000)
            .<Future<?>>mapToObj(i -> threads.submit(() -> refused(new TenantId("made-up-" + i))))
            .toList();
    for (Future<?> caller : callers) {
      caller.get();
    }
    double seconds = (System.nanoTime() - start) / 1e9;

    assertThat(router.loads().tenants()).isGreaterThanOrEqualTo(3000);
    assertThat(router.loads().queries() - queries).isLessThanOrEqualTo((long) (RATE * seconds) + 2);
    assertThat(router.cache().size()).isEqualTo(1);
    assertThat(router.resolve(A)).isSameAs(warm);
  }

  @Test
  void anUnknownTenantIsReadOnceInItsTime() {
    TenantId nobody = new TenantId("nobody");
    refused(nobody);
    long queries = router.loads().queries();
    for (int i = 0; i < 100; i++) {
      refused(nobody);
    }
    assertThat(router.loads().queries() - queries).isLessThanOrEqualTo(1);
  }

  @Test
  void oneTenantIsReadOnceHoweverManyAsk() throws Exception {
    TenantId popular = new TenantId("popular");
    router.routes().add(popular, EU);
    // The first look at the control database has loads under way read again.
    await().until(() -> router.feed().age().isPresent());
    long before = router.loads().tenants();
    CountDownLatch together = new CountDownLatch(THREADS);
    Callable<Route> caller =
        () -> {
          together.countDown();
          together.await();
          return router.resolve(popular);
        };
    List<Future<Route>> callers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      callers.add(threads.submit(caller));
    }
    for (Future<Route> answer : callers) {
      assertThat(answer.get().realm()).isEqualTo(EU);
    }
    assertThat(router.loads().tenants()).isEqualTo(before + 1);
  }

  private void refused(TenantId tenant) {
    assertThatThrownBy(() -> router.resolve(tenant)).isInstanceOf(UnknownTenantException.class);
  }
}
