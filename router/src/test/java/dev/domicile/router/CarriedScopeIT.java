package dev.domicile.router;

import static dev.domicile.router.TwoRealms.A;
import static dev.domicile.router.TwoRealms.B;
import static dev.domicile.router.TwoRealms.EU;
import static dev.domicile.router.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.TestDatabases;
import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scopes taken to other threads, by {@link TenantContext} and by context propagation. */
final class CarriedScopeIT {
  private static final ContextSnapshotFactory SNAPSHOTS = ContextSnapshotFactory.builder().build();

  /** The ways to take the present scope along with a task. */
  private static final Map<String, UnaryOperator<Runnable>> WAYS =
      Map.of(
          "TenantContext.carry",
          TenantContext::carry,
          "ContextSnapshot.wrap",
          task -> SNAPSHOTS.captureAll().wrap(task));

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final ExecutorService pool = Executors.newSingleThreadExecutor();
  private TwoRealms realms;

  @BeforeEach
  void open() {
    realms = new TwoRealms(databases);
  }

  @AfterEach
  void close() {
    pool.shutdownNow();
    realms.close();
    assertThat(TenantContext.tenant()).isEmpty();
  }

  @Test
  void runsTheTasksOfManyTenantsOnOneThread() throws Exception {
    ExecutorService carrying = ContextExecutorService.wrap(pool, SNAPSHOTS);
    for (int i = 0; i < 3; i++) {
      for (TenantId tenant : List.of(A, B)) {
        try (TenantScope scope = TenantContext.open(tenant)) {
          assertThat(pool.submit(TenantContext.carryCallable(realms::currentDatabase)).get())
              .isEqualTo(home(scope.tenant()));
          assertThat(carrying.submit(realms::currentDatabase).get())
              .isEqualTo(home(scope.tenant()));
        }
        assertThat(pool.submit(TenantContext::tenant).get()).isEmpty();
      }
    }
  }

  @Test
  void keepsTheRouteWhileATaskWaits() {
    WAYS.forEach(
        (way, carry) -> {
          AtomicReference<String> seen = new AtomicReference<>();
          Runnable task;
          try (TenantScope scope = TenantContext.open(A)) {
            assertThat(database()).isEqualTo(realms.us.name());
            task = carry.apply(() -> seen.set(database()));
            realms.move(scope.tenant(), EU);
          }
          CompletableFuture.runAsync(task, pool).join();

          assertThat(seen).as(way).hasValue(realms.us.name());
          realms.move(A, US);
        });
  }

  @Test
  void leavesNoTenantOnAPooledThread() {
    Runnable forgetful = () -> TenantContext.open(A);
    Runnable failing =
        () -> {
          throw new IllegalStateException("on purpose");
        };
    WAYS.forEach(
        (way, carry) -> {
          for (Runnable work : List.of(this::database, forgetful, failing)) {
            Runnable task;
            try (TenantScope scope = TenantContext.open(A)) {
              task = carry.apply(work);
              assertThat(scope.tenant()).isEqualTo(A);
            }
            CompletableFuture.runAsync(task, pool).exceptionally(e -> null).join();

            assertThat(CompletableFuture.supplyAsync(TenantContext::tenant, pool).join())
                .as(way)
                .isEmpty();
          }
        });
  }

  @Test
  void givesTheCallerItsOwnScopeBackIfItHasToRunATaskOfAnother() throws Exception {
    ThreadPoolExecutor full =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new ThreadPoolExecutor.CallerRunsPolicy());
    CountDownLatch done = new CountDownLatch(1);
    Future<?> busy = full.submit(() -> done.await(1, TimeUnit.MINUTES));
    try {
      WAYS.forEach(
          (way, carry) -> {
            List<String> seen = new ArrayList<>();
            Runnable task;
            try (TenantScope scope = TenantContext.open(A)) {
              task =
                  carry.apply(() -> seen.add(Thread.currentThread().getName() + " " + database()));
              assertThat(scope.tenant()).isEqualTo(A);
            }
            try (TenantScope scope = TenantContext.open(B)) {
              assertThat(database()).isEqualTo(realms.eu.name());
              full.execute(task);
              assertThat(TenantContext.required()).as(way).isSameAs(scope);
              assertThat(database()).as(way).isEqualTo(realms.eu.name());
            }
            assertThat(seen)
                .as(way)
                .containsExactly(Thread.currentThread().getName() + " " + realms.us.name());
            assertThat(TenantContext.tenant()).as(way).isEmpty();
          });
    } finally {
      done.countDown();
      busy.get();
      full.shutdownNow();
    }
  }

  @Test
  void hidesTheCallersTenantFromATaskThatHasNone() {
    ContextSnapshot nobody =
        ContextSnapshotFactory.builder().clearMissing(true).build().captureAll();
    try (TenantScope scope = TenantContext.open(A)) {
      nobody
          .wrap(
              () -> {
                assertThat(TenantContext.tenant()).isEmpty();
                assertThatThrownBy(realms::currentDatabase).isInstanceOf(NoTenantException.class);
              })
          .run();
      assertThat(TenantContext.required()).isSameAs(scope);
    }
  }

  @Test
  void runsTheStagesOfAFutureForItsTenant() {
    ExecutorService carrying = ContextExecutorService.wrap(pool, SNAPSHOTS);
    List<CompletableFuture<List<String>>> futures = new ArrayList<>();
    for (TenantId tenant : List.of(A, B, A, B)) {
      try (TenantScope scope = TenantContext.open(tenant)) {
        String home = home(scope.tenant());
        futures.add(
            CompletableFuture.supplyAsync(this::database, carrying)
                .thenApplyAsync(first -> List.of(home, first, database()), carrying)
                .thenComposeAsync(
                    both ->
                        CompletableFuture.supplyAsync(
                            () -> List.of(both.get(0), both.get(1), both.get(2), database()),
                            carrying),
                    carrying));
      }
    }
    assertThat(futures)
        .hasSize(4)
        .allSatisfy(
            future -> assertThat(future.join()).hasSize(4).containsOnly(future.join().get(0)));
    assertThat(futures.get(0).join().get(0)).isNotEqualTo(futures.get(1).join().get(0));
  }

  /** A stage that another thread sets off is the trap: there is nothing to capture there. */
  @Test
  void refusesAStageThatAThreadWithoutATenantSetsOffUnlessTheScopeWasCapturedBefore() {
    CompletableFuture<String> trigger = new CompletableFuture<>();
    CompletableFuture<String> lost;
    CompletableFuture<String> kept;
    try (TenantScope scope = TenantContext.open(B)) {
      ExecutorService late = ContextExecutorService.wrap(pool, SNAPSHOTS);
      Executor captured = SNAPSHOTS.captureAll().wrapExecutor(pool);
      lost = trigger.thenApplyAsync(go -> database(), late);
      kept = trigger.thenApplyAsync(go -> database(), captured);
      assertThat(scope.tenant()).isEqualTo(B);
    }
    trigger.complete("go");

    assertThat(kept.join()).isEqualTo(realms.eu.name());
    assertThatThrownBy(lost::join).hasCauseInstanceOf(NoTenantException.class);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void neverShowsAVirtualThreadTheRealmOfAnotherTenant() throws Exception {
    Map<TenantId, String> homes = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      TenantId tenant = new TenantId("virtual-" + i);
      realms.router.routes().add(tenant, i % 2 == 0 ? US : EU);
      homes.put(tenant, i % 2 == 0 ? realms.us.name() : realms.eu.name());
    }
    ExecutorService virtual = virtualThreads();
    ExecutorService carrying = ContextExecutorService.wrap(virtual, SNAPSHOTS);
    List<Answer> answers = new ArrayList<>();
    try {
      for (int round = 0; round < 30; round++) {
        for (TenantId tenant : homes.keySet()) {
          String seen = tenant + " " + homes.get(tenant);
          answers.add(new Answer(virtual.submit(() -> inScopeOf(tenant)), seen));
          try (TenantScope scope = TenantContext.open(tenant)) {
            answers.add(new Answer(carrying.submit(this::tenantAndDatabase), seen));
            answers.add(
                new Answer(
                    virtual.submit(TenantContext.carryCallable(this::tenantAndDatabase)), seen));
            answers.add(new Answer(virtual.submit(CarriedScopeIT::tenant), "nobody"));
            assertThat(scope.tenant()).isEqualTo(tenant);
          }
        }
      }
      for (Answer answer : answers) {
        assertThat(answer.given().get(1, TimeUnit.MINUTES)).isEqualTo(answer.expected());
      }
    } finally {
      virtual.shutdownNow();
    }
    assertThat(answers).hasSize(30 * 20 * 4);
  }

  /** Not in the API of Java 17, which this is compiled against. */
  private static ExecutorService virtualThreads() throws ReflectiveOperationException {
    return (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }

  private String inScopeOf(TenantId tenant) {
    try (TenantScope scope = TenantContext.open(tenant)) {
      assertThat(scope.tenant()).isEqualTo(tenant);
      return tenantAndDatabase();
    }
  }

  /** Lets the thread wait for the database in between, so that others run on its carrier. */
  private String tenantAndDatabase() {
    String before = tenant();
    String database = database();
    assertThat(tenant()).isEqualTo(before);
    assertThat(database()).isEqualTo(database);
    return before + " " + database;
  }

  private static String tenant() {
    return TenantContext.tenant().map(TenantId::clientKey).orElse("nobody");
  }

  private String home(TenantId tenant) {
    return tenant.equals(A) ? realms.us.name() : realms.eu.name();
  }

  private String database() {
    try {
      return realms.currentDatabase();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Answer(Future<String> given, String expected) {}
}
