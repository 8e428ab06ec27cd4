package dev.domicile.migrator.history;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.CaptureWay;
import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.CutoverSettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.TwoRealms;
import dev.domicile.migrator.history.Fleet.Manner;
import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promises P1 and P2, in the manner of Jepsen: nodes in JVMs of their own write through the router
 * while the tenant is moved to and fro, and note down what they are told; in the end every
 * acknowledged write is at home exactly once, and no refused one is anywhere. {@code
 * -Ddomicile.test.migrations} says how many migrations at least, {@code -Ddomicile.test.history}
 * for how many seconds at least, {@code -Ddomicile.test.seed} repeats the choices of a run.
 */
final class HistoryIT {
  private static final int MIGRATIONS = Integer.getInteger("domicile.test.migrations", 3);
  private static final Duration LEAST =
      Duration.ofSeconds(Integer.getInteger("domicile.test.history", 0));
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int BALLAST = 2000;
  private static final int ATTEMPTS = 20;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private TwoRealms realms;
  private Migrator migrator;
  private Migrator purger;
  private Fleet fleet;
  private int migrations;
  private int rollbacks;
  private int returns;
  private int timeouts;

  @BeforeEach
  void open() throws Exception {
    System.out.printf("HistoryIT: -Ddomicile.test.seed=%d%n", SEED);
    realms = new TwoRealms(databases);
    HistoryApp.create(realms.us);
    HistoryApp.create(realms.eu);
    HistoryApp.addTenant(realms.us, HistoryApp.TENANT, Fleet.writers(), BALLAST);
    HistoryApp.addTenant(realms.us, HistoryApp.NEIGHBOUR, Fleet.writers(), BALLAST);
    MigratorConfig config =
        new MigratorConfig(
                TwoRealms.config(realms.control),
                Map.of(
                    US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                    EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))),
                HistoryApp.RULES)
            .withCopy(new CopySettings(500, 1L << 20, 2))
            .withCutover(
                new CutoverSettings(
                    Duration.ofSeconds(1), 3, Duration.ofHours(1), CaptureWay.USUAL));
    migrator = new Migrator(config, "history");
    purger = new Migrator(config.withRetention(Duration.ZERO), "history");
    migrator.init(false);
    migrator.routes().add(TENANT, US);
    fleet = new Fleet(folder, realms);
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  @Test
  void everyAcknowledgedWriteIsAtHomeExactlyOnce() throws Exception {
    fleet.start(random, Manner.values());
    long end = System.nanoTime() + LEAST.toNanos();
    while (migrations < MIGRATIONS || System.nanoTime() < end) {
      migrate();
    }
    History history = fleet.end();
    assertThat(HistoryApp.rows(database(other()))).isZero();
    System.out.printf(
        "HistoryIT: %d migrations, %d rolled back, %d of them after the commit, %d cutovers given"
            + " up and tried again; %s%n",
        migrations, rollbacks, returns, timeouts, history);
    assertThat(history.violations(database(home()), database(other()))).isEmpty();
    assertThat(history.acknowledged()).isGreaterThan(100);
  }

  /** Without a fence that refuses, and makes the cutover wait, the checker has to find the loss. */
  @Test
  void theCheckerFindsWhatIsLostWithoutAFence() throws Exception {
    fleet.start(random, Manner.CUT_OFF);
    // Without a route that it knows already it could not write at all.
    fleet.awaitWrites(Manner.CUT_OFF, 1);
    copy();
    replacePassFence("BEGIN RETURN true; END");
    // So that it does not hear of the flip.
    fleet.cut();
    commit();
    fleet.awaitWrites(Manner.CUT_OFF, 10);

    requireLossFound();
  }

  /** Without notes of one table's rows. */
  @Test
  void theCheckerFindsWhatIsLostWithoutACapture() throws Exception {
    fleet.start(random, Manner.FRESH);
    copy();
    replacePassFence(
        """
        BEGIN
          IF EXISTS (SELECT FROM domicile.fence WHERE migration_id = migration
                     AND state IN ('FROZEN', 'CLOSED')) THEN
            RAISE EXCEPTION 'no' USING ERRCODE = 'DM001';
          END IF;
          RETURN in_table <> 'token';
        END
        """);
    fleet.awaitWrites(Manner.FRESH, 30);
    commit();

    requireLossFound();
  }

  private void replacePassFence(String body) {
    for (Database realm : List.of(realms.us, realms.eu)) {
      TestDatabases.server()
          .asSuperuser(realm)
          .execute(
              "CREATE OR REPLACE FUNCTION domicile.pass_fence"
                  + "(migration bigint, in_schema text, in_table text)"
                  + " RETURNS boolean LANGUAGE plpgsql AS '"
                  + body.replace("'", "''")
                  + "'");
    }
  }

  private void requireLossFound() throws Exception {
    assertThat(fleet.end().violations(realms.eu, realms.us))
        .anySatisfy(violation -> assertThat(violation).startsWith("lost: "));
  }

  private void copy() {
    migrator.schedule(TENANT, other(), Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, Progress.Listener.NONE);
  }

  private void migrate() throws Exception {
    copy();
    Thread.sleep(random.nextInt(100));
    switch (random.nextInt(6)) {
      case 0 -> {
        rollBack();
        fleet.mend();
      }
      case 1, 2 -> {
        cutAndCommit();
        if (random.nextBoolean()) {
          fleet.mend();
        }
        Thread.sleep(random.nextInt(300));
        rollBack();
        fleet.mend();
        returns++;
      }
      default -> {
        cutAndCommit();
        fleet.mend();
        // The old copy and its fence stay for as long as a node may go on with an old route.
        fleet.forget();
        purger.purge(TENANT, Progress.Listener.NONE);
      }
    }
    assertThat(HistoryApp.rows(database(other()))).isZero();
    migrations++;
    if (migrations % 10 == 0) {
      System.out.printf("HistoryIT: %d migrations, %d rolled back%n", migrations, rollbacks);
    }
  }

  private void cutAndCommit() throws Exception {
    if (random.nextBoolean()) {
      fleet.cut();
    }
    commit();
    Thread.sleep(random.nextInt(200));
  }

  private void commit() throws Exception {
    assertThat(untilInTime(() -> migrator.commit(TENANT, Progress.Listener.NONE)).state())
        .isEqualTo(MigrationState.COMMITTED);
  }

  private void rollBack() throws Exception {
    assertThat(untilInTime(() -> migrator.rollback(TENANT, Progress.Listener.NONE)).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
    rollbacks++;
  }

  /** With one node stopped for a while; where that was within a transaction, it is waited for. */
  private Migration untilInTime(Callable<Migration> work) throws Exception {
    for (int attempt = 1; ; attempt++) {
      fleet.pause();
      try {
        return work.call();
      } catch (CutoverTimedOut e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        timeouts++;
        Thread.sleep(random.nextInt(100));
      }
    }
  }

  private Realm home() {
    return migrator.routes().find(TENANT).orElseThrow().realm();
  }

  private Realm other() {
    return home().equals(US) ? EU : US;
  }

  private Database database(Realm realm) {
    return realm.equals(US) ? realms.us : realms.eu;
  }
}
