package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.TenantId;
import dev.domicile.testkit.StatementProxy.Point;
import dev.domicile.testkit.TestDatabases;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Promises P1 to P4, cut off at every statement that a migration makes, before the server gets it
 * and after it has answered. The statements are found out by looking at a run that nothing happens
 * to. {@code -Ddomicile.test.seed} repeats a run.
 *
 * <p>The profile soak leaves nothing out. Otherwise each of the tests takes as many points as it
 * has time for, in random order, statements that only read last: being cut off at one of them is
 * the same for the servers as at the one before. A statement that is made several times is
 * disturbed once, and a move that was stopped either goes on or is taken back.
 *
 * <p>How often a few statements are made depends on time, such as those that try a lock again: one
 * that is not made again leaves a run undisturbed, which most runs must not be.
 */
final class KillAtEveryStatementIT {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final long SECONDS = 15;

  /** What chance may well leave undisturbed of some ten runs. */
  private static final int FEW = 3;

  private static final boolean SOAK = Boolean.getBoolean("domicile.test.soak");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final Random random = new Random(SEED);
  private KillStage stage;
  private int points;
  private int all;
  private int missed;

  @BeforeEach
  void open() {
    System.out.printf("Seed: %d%n", SEED);
    stage =
        new KillStage(databases.create("control"), databases.create("us"), databases.create("eu"));
  }

  @AfterEach
  void close() {
    System.out.printf("%d of %d points, %d not reached again%n", points, all, missed);
    stage.close();
    assertThat(missed)
        .as("points that were not reached again")
        .isLessThanOrEqualTo(Math.max(FEW, points / 8));
  }

  @TestFactory
  Stream<DynamicTest> aMoveGoesOn() {
    return everywhere(KillScenario.MOVE);
  }

  @TestFactory
  Stream<DynamicTest> aMoveThatStoppedIsTakenBack() {
    return everywhere(KillScenario.GIVE_UP);
  }

  @TestFactory
  Stream<DynamicTest> aRollbackGoesOn() {
    return everywhere(KillScenario.ROLLBACK);
  }

  @TestFactory
  Stream<DynamicTest> aPurgeGoesOn() {
    return everywhere(KillScenario.PURGE);
  }

  private Stream<DynamicTest> everywhere(KillScenario scenario) {
    Map<Point, Integer> found = record(scenario);
    all = found.size();
    assertThat(found.keySet().stream().map(Point::toString).toList())
        .as("the recorder sees what the scenario is about")
        .anySatisfy(point -> assertThat(point).contains(scenario.essence()));
    List<Point> order = new ArrayList<>(found.keySet());
    Collections.shuffle(order, random);
    order.sort(Comparator.comparing(Point::reads));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    return order.stream()
        .filter(point -> SOAK || scenario.isTurnOf(((point.hashCode() ^ SEED) & 1) == 0))
        .takeWhile(point -> SOAK || System.nanoTime() < deadline)
        .flatMap(point -> tests(scenario, point, found.getOrDefault(point, 1)));
  }

  /** Either the connection is cut, or all of the process is gone; the long run tries both. */
  private Stream<DynamicTest> tests(KillScenario scenario, Point point, int times) {
    points++;
    if (SOAK) {
      return IntStream.rangeClosed(1, times)
          .boxed()
          .flatMap(nth -> Stream.of(true, false).map(dies -> test(scenario, point, nth, dies)));
    }
    return Stream.of(test(scenario, point, 1 + random.nextInt(times), random.nextBoolean()));
  }

  private DynamicTest test(KillScenario scenario, Point point, int nth, boolean dies) {
    return DynamicTest.dynamicTest(
        (dies ? "dies " : "is cut off ") + point + " #" + nth,
        () -> run(scenario, point, nth, dies));
  }

  private Map<Point, Integer> record(KillScenario scenario) {
    TenantId tenant = stage.newTenant();
    scenario.arrange(stage, tenant);
    Map<Point, Integer> points = Collections.synchronizedMap(new LinkedHashMap<>());
    stage.arm(
        point -> {
          points.merge(point, 1, Integer::sum);
          return false;
        });
    scenario.act(stage, tenant);
    stage.disarm();
    return points;
  }

  private void run(KillScenario scenario, Point point, int nth, boolean dies) {
    TenantId tenant = stage.newTenant();
    KillScenario.Before before = new KillScenario.Before(stage, tenant);
    scenario.arrange(stage, tenant);
    AtomicInteger seen = new AtomicInteger();
    AtomicBoolean struck = new AtomicBoolean();
    stage.arm(
        now -> {
          if (now.equals(point) && seen.incrementAndGet() == nth) {
            struck.set(true);
            return true;
          }
          return dies && struck.get();
        });
    try {
      scenario.act(stage, tenant);
    } catch (MigrationException e) {
      assertThat(e.getMessage()).doesNotContain("page 1", "example.com");
    } finally {
      stage.disarm();
    }
    if (!struck.get()) {
      missed++;
    }
    stage.requireOneHome(tenant);
    stage.requireNoBoundsOnceOver(tenant);

    scenario.resume(stage, tenant);

    scenario.check(stage, tenant, before);
  }
}
