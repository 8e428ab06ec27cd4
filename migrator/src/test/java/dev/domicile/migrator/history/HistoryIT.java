package dev.domicile.migrator.history;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.CutoverSettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.TwoRealms;
import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
  private static final int MIGRATIONS = Integer.getInteger("domicile.test.migrations", 5);
  private static final Duration LEAST =
      Duration.ofSeconds(Integer.getInteger("domicile.test.history", 10));
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int SESSIONS = 2;
  private static final int BALLAST = 2000;
  private static final int ATTEMPTS = 20;

  /** How a node differs from others. */
  private enum Manner {
    /** Hears of a new route at once. */
    FRESH(true, 500),
    /** Hears of it late. */
    STALE(false, 10_000),
    /** Is stopped and goes on later, wherever it was. */
    PAUSED(true, 500),
    /** Loses the control database. */
    CUT_OFF(true, 500);

    final boolean listens;
    final int pollMillis;

    Manner(boolean listens, int pollMillis) {
      this.listens = listens;
      this.pollMillis = pollMillis;
    }
  }

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final List<Node> nodes = new ArrayList<>();
  private TwoRealms realms;
  private Migrator migrator;
  private Migrator purger;
  private Wire wire;
  private int migrations;
  private int rollbacks;
  private int returns;
  private int timeouts;

  @BeforeEach
  void open() throws IOException {
    System.out.printf("HistoryIT: -Ddomicile.test.seed=%d%n", SEED);
    realms = new TwoRealms(databases);
    HistoryApp.create(realms.us);
    HistoryApp.create(realms.eu);
    List<String> writers = new ArrayList<>();
    for (Manner manner : Manner.values()) {
      for (int i = 0; i < SESSIONS; i++) {
        writers.add(manner.name() + (char) ('a' + i));
      }
    }
    HistoryApp.addTenant(realms.us, HistoryApp.TENANT, writers, BALLAST);
    HistoryApp.addTenant(realms.us, HistoryApp.NEIGHBOUR, writers, BALLAST);
    MigratorConfig config =
        new MigratorConfig(
                TwoRealms.config(realms.control),
                Map.of(
                    US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                    EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))),
                HistoryApp.RULES)
            .withCopy(new CopySettings(200, 1L << 20, 2))
            .withCutover(new CutoverSettings(Duration.ofMillis(700), 3, Duration.ofHours(1)));
    migrator = new Migrator(config, "history");
    purger = new Migrator(config.withRetention(Duration.ZERO), "history");
    migrator.init(false);
    migrator.routes().add(TENANT, US);
    wire = new Wire(URI.create(realms.control.url().substring("jdbc:".length())).getPort());
    Files.createDirectory(folder.resolve("notes"));
    for (Manner manner : Manner.values()) {
      nodes.add(start(manner));
    }
    for (Node node : nodes) {
      node.awaitReady();
    }
  }

  @AfterEach
  void close() throws IOException {
    nodes.forEach(Node::close);
    wire.close();
  }

  @Test
  void everyAcknowledgedWriteIsAtHomeExactlyOnce() throws Exception {
    long end = System.nanoTime() + LEAST.toNanos();
    while (migrations < MIGRATIONS || System.nanoTime() < end) {
      migrate();
    }
    finish();

    History history = History.read(folder.resolve("notes"));
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
    replacePassFence("BEGIN RETURN true; END");

    assertThat(violationsAfterOneCommit())
        .anySatisfy(violation -> assertThat(violation).startsWith("lost: "));
  }

  @Test
  void theCheckerFindsWhatIsLostWithoutACapture() throws Exception {
    replacePassFence(
        """
        BEGIN
          IF EXISTS (SELECT FROM domicile.fence WHERE migration_id = migration
                     AND state IN ('FROZEN', 'CLOSED')) THEN
            RAISE EXCEPTION 'no' USING ERRCODE = 'DM001';
          END IF;
          RETURN false;
        END
        """);

    assertThat(violationsAfterOneCommit())
        .anySatisfy(violation -> assertThat(violation).startsWith("lost: "));
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

  private List<String> violationsAfterOneCommit() throws Exception {
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, Progress.Listener.NONE);
    Thread.sleep(500);
    commit();
    mend();
    Thread.sleep(1_000);
    finish();
    return History.read(folder.resolve("notes")).violations(realms.eu, realms.us);
  }

  private void migrate() throws Exception {
    migrator.schedule(TENANT, other(), Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, Progress.Listener.NONE);
    Thread.sleep(random.nextInt(100));
    switch (random.nextInt(6)) {
      case 0 -> {
        rollBack();
        mend();
      }
      case 1, 2 -> {
        commit();
        if (random.nextBoolean()) {
          mend();
        }
        Thread.sleep(random.nextInt(300));
        rollBack();
        mend();
        returns++;
      }
      default -> {
        commit();
        mend();
        // The old copy and its fence stay for as long as a node may go on with an old route.
        for (Node node : nodes) {
          node.forget();
        }
        purger.purge(TENANT, Progress.Listener.NONE);
      }
    }
    assertThat(HistoryApp.rows(database(other()))).isZero();
    migrations++;
  }

  private void commit() throws Exception {
    if (random.nextBoolean()) {
      wire.cut();
    }
    assertThat(untilInTime(() -> migrator.commit(TENANT, Progress.Listener.NONE)).state())
        .isEqualTo(MigrationState.COMMITTED);
    Thread.sleep(random.nextInt(200));
  }

  private void rollBack() throws Exception {
    assertThat(untilInTime(() -> migrator.rollback(TENANT, Progress.Listener.NONE)).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
    rollbacks++;
  }

  /** With one node stopped; where it was stopped within a transaction, it has to end that first. */
  private Migration untilInTime(Callable<Migration> work) throws Exception {
    Node paused = nodes.get(List.of(Manner.values()).indexOf(Manner.PAUSED));
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      paused.pause();
      try {
        return work.call();
      } catch (CutoverTimedOut e) {
        timeouts++;
        paused.resume();
        Thread.sleep(random.nextInt(100));
      }
    }
    throw new AssertionError("no cutover came through");
  }

  private void mend() {
    nodes.get(List.of(Manner.values()).indexOf(Manner.PAUSED)).resume();
    wire.mend();
  }

  private void finish() throws Exception {
    mend();
    for (Node node : nodes) {
      node.end();
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

  private Node start(Manner manner) throws IOException {
    String control = realms.control.url();
    String port = URI.create(control.substring("jdbc:".length())).getPort() + "/";
    return new Node(
        manner.name(),
        folder.resolve(manner.name() + ".log"),
        List.of(
            folder.resolve("notes").toString(),
            manner.name(),
            String.valueOf(random.nextLong()),
            String.valueOf(SESSIONS),
            isolations(manner),
            String.valueOf(manner.pollMillis),
            String.valueOf(manner.listens),
            realms.control.user(),
            realms.control.password(),
            manner == Manner.CUT_OFF ? control.replace(port, wire.port() + "/") : control,
            realms.us.url(),
            realms.eu.url()));
  }

  private static String isolations(Manner manner) {
    return switch (manner) {
      case FRESH ->
          Connection.TRANSACTION_READ_COMMITTED + "," + Connection.TRANSACTION_SERIALIZABLE;
      case STALE, PAUSED ->
          Connection.TRANSACTION_REPEATABLE_READ + "," + Connection.TRANSACTION_READ_COMMITTED;
      case CUT_OFF ->
          Connection.TRANSACTION_READ_COMMITTED + "," + Connection.TRANSACTION_REPEATABLE_READ;
    };
  }
}
