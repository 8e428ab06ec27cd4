package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.StatementProxy;
import dev.domicile.testkit.StatementProxy.Point;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Notes that come over a replication slot: what becomes of the slot, and of a reader that dies. */
final class LogicalCaptureIT {
  private static final String NOTING = "INSERT INTO domicile.change_log";
  private static final Database ADMIN = TestDatabases.server().admin();

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private volatile StatementProxy.Faults faults = point -> false;

  @BeforeAll
  static void mayReplicate() {
    CaptureWay.mayReplicate(TestDatabases.server(), true);
  }

  @Test
  void dropsItsSlotWithTheCommit() {
    TwoRealms realms = realms();
    realms.copied();
    assertThat(slots(realms)).hasSize(1);
    assertThat(slots(realms).get(0)).startsWith("domicile_");
    assertThat(logBytes(realms)).isPositive();
    assertThat(realms.us.number("SELECT count(*) FROM pg_publication_tables"))
        .as("tables whose rows are sent")
        .isZero();

    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertNothingHeld(realms);
    assertThat(logBytes(realms)).isZero();
  }

  @Test
  void dropsItsSlotWithTheRollback() {
    TwoRealms realms = realms();
    realms.copied();

    realms.migrator().rollback(TENANT, Progress.Listener.NONE);

    assertNothingHeld(realms);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  @Test
  void keepsItsSlotAfterAStartThatFailedUntilItGoesOnOrIsRolledBack() {
    TwoRealms realms = realms();
    realms.schedule();
    Migrator late =
        new Migrator(
            realms.smallChunks(),
            "test",
            InstantSource.fixed(Instant.now().plus(Duration.ofDays(1))));
    assertThatThrownBy(() -> late.start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WindowClosed.class);
    assertThat(slots(realms)).hasSize(1);
    realms.us.execute("UPDATE note SET title = 'meanwhile' WHERE client_key = 'tenant-a'");

    realms.migrator().start(TENANT, Progress.Listener.NONE);
    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("meanwhile"));
    assertNothingHeld(realms);
  }

  @Test
  void takesACommitBackWithWhatTheTenantHasWrittenSince() {
    TwoRealms realms = realms();
    realms.committed();
    assertNothingHeld(realms);
    realms.eu.execute(
        "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'since'); DELETE FROM note_label"
            + " WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a')");
    List<String> now = rows(realms.eu, TENANT.clientKey());

    realms.migrator().rollback(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(now);
    assertNothingHeld(realms);
  }

  /** Neither do other tenants' changes reach the reader, nor what was rolled back. */
  @Test
  void hearsOfTheTenantsCommittedChangesAlone() throws SQLException {
    TwoRealms realms = realms();
    realms.copied();
    execute(
        realms.us,
        "SET synchronous_commit = on",
        "UPDATE note SET title = 'noise' WHERE client_key = 'tenant-b'",
        "DELETE FROM comment WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-b')",
        "BEGIN; UPDATE note SET title = 'never' WHERE client_key = 'tenant-a'; ROLLBACK",
        "BEGIN; SAVEPOINT s; UPDATE note SET title = 'never' WHERE client_key = 'tenant-a';"
            + " ROLLBACK TO s; UPDATE board SET settings = '{}' WHERE id = (SELECT min(id) FROM"
            + " board WHERE client_key = 'tenant-a'); COMMIT");

    assertThat(
            TestDatabases.server()
                .asSuperuser(realms.us)
                .list(
                    """
                    SELECT encode(data, 'escape')
                    FROM pg_replication_slots, pg_logical_slot_peek_binary_changes(slot_name, NULL, NULL, 'proto_version',
                         '1', 'publication_names', (SELECT pubname FROM pg_publication), 'messages', 'true')
                    WHERE database = current_database() AND get_byte(data, 0) = ascii('M')
                      AND encode(data, 'escape') NOT LIKE '%.mark%'
                    """))
        .singleElement()
        .asString()
        .contains("public.board");
    realms.migrator().commit(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  /** The last drain begins when the tenant is frozen, and the last note comes after that. */
  @Test
  void waitsForTheNoteOfAWriterInFlight() throws Exception {
    TwoRealms realms = realms();
    try (StatementProxy proxy = new StatementProxy("us", realms.us, point -> faults.strike(point));
        Connection writer = realms.us.connect();
        Statement statement = writer.createStatement()) {
      MigratorConfig config = patient(over(proxy, realms));
      realms.copied();
      writer.setAutoCommit(false);
      statement.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'last')");
      CompletableFuture<Migration> commit =
          CompletableFuture.supplyAsync(
              () -> new Migrator(config, "test").commit(TENANT, Progress.Listener.NONE));
      String waiting =
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database"
              + " = (SELECT oid FROM pg_database WHERE datname = current_database())";
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (realms.us.number(waiting) == 0) {
        assertThat(System.nanoTime()).as("the freeze waits for the writer").isLessThan(end);
      }
      faults = LogicalCaptureIT::holdUp;
      writer.commit();
      commit.get(60, TimeUnit.SECONDS);

      assertThat(rows(realms.eu, TENANT.clientKey()))
          .isEqualTo(rows(realms.us, TENANT.clientKey()))
          .anySatisfy(row -> assertThat(row).contains("last"));
    }
  }

  /** A note comes after its change; no drain may read what has changed in between without it. */
  @Test
  void takesAlongTheRowThatAChangedOneHasComeToReferTo() {
    TwoRealms realms = realms();
    realms.copied();
    long comment =
        realms.us.number(
            "SELECT max(id) FROM comment WHERE note_id IN (SELECT id FROM note WHERE client_key ="
                + " 'tenant-a')");
    realms.us.execute("UPDATE comment SET body = 'early' WHERE id = " + comment);
    AtomicInteger moved = new AtomicInteger();
    faults =
        point -> {
          // More often than a drain has attempts, or a later one would make up for the first.
          if (isSnapshot(point) && moved.incrementAndGet() <= 4) {
            realms.us.execute(CaptureIT.HANG_BELOW_A_LATE_NOTE);
          }
          return holdUp(point);
        };
    try (StatementProxy proxy =
        new StatementProxy("us", realms.us, point -> faults.strike(point))) {
      new Migrator(patient(over(proxy, realms)), "test").commit(TENANT, Progress.Listener.NONE);
    }

    assertThat(moved).hasPositiveValue();
    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains(",late,"));
  }

  private static boolean isSnapshot(Point point) {
    return point.statement().startsWith("SELECT pg_current_snapshot()") && !point.answered();
  }

  private static MigratorConfig patient(MigratorConfig config) {
    return config.withCutover(
        new CutoverSettings(Duration.ofSeconds(20), 1, Duration.ofHours(1), Capture.LOGICAL));
  }

  private static boolean holdUp(Point point) {
    if (isNoting(point, false)) {
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    }
    return false;
  }

  /** What is read again after a crash is noted again, and what was not noted is read again. */
  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, true"})
  void losesNothingWhereTheReaderIsCutOff(boolean noted, boolean dies) {
    TwoRealms realms = realms();
    try (StatementProxy proxy =
        new StatementProxy("us", realms.us, point -> faults.strike(point))) {
      Migrator migrator = new Migrator(over(proxy, realms), "test");
      realms.schedule();
      migrator.start(TENANT, Progress.Listener.NONE);
      realms.us.execute(
          "UPDATE note SET title = 'changed' WHERE client_key = 'tenant-a'; DELETE FROM note_label"
              + " WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a')");
      AtomicBoolean struck = new AtomicBoolean();
      faults =
          point ->
              (isNoting(point, noted) && struck.compareAndSet(false, true))
                  || (dies && struck.get());

      if (dies) {
        assertThatThrownBy(() -> migrator.commit(TENANT, Progress.Listener.NONE))
            .isInstanceOf(MigrationException.DatabaseUnavailable.class);
        faults = point -> false;
      }
      migrator.commit(TENANT, Progress.Listener.NONE);

      assertThat(struck).isTrue();
      assertThat(rows(realms.eu, TENANT.clientKey()))
          .isEqualTo(rows(realms.us, TENANT.clientKey()))
          .anySatisfy(row -> assertThat(row).contains("changed"))
          .noneSatisfy(row -> assertThat(row).startsWith("note_label"));
      assertNothingHeld(realms);
    }
  }

  @Test
  void refusesToCommitWithoutItsSlot() {
    TwoRealms realms = realms();
    realms.copied();
    dropSlot(realms);
    realms.us.execute("UPDATE note SET title = 'missed' WHERE client_key = 'tenant-a'");

    assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("replication slot domicile_")
        .hasMessageContaining("is gone")
        .hasMessageContaining("roll back and start again");
    assertServedInUs(realms);
    startAgain(realms);
  }

  @Test
  void failsAStartThatLosesItsSlotOnTheWay() {
    TwoRealms realms = realms();
    realms.schedule();
    AtomicBoolean dropped = new AtomicBoolean();

    assertThatThrownBy(
            () ->
                realms
                    .migrator()
                    .start(
                        TENANT,
                        progress -> {
                          if (progress.phase() == Progress.Phase.COPY
                              && dropped.compareAndSet(false, true)) {
                            dropSlot(realms);
                            realms.us.execute(
                                "UPDATE note SET title = 'missed' WHERE client_key = 'tenant-a'");
                          }
                        }))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("is gone")
        .hasMessageContaining("roll back and start again");
    assertServedInUs(realms);
    startAgain(realms);
  }

  /** Whoever reads it opens it again. */
  private static void dropSlot(TwoRealms realms) {
    Database us = TestDatabases.server().asSuperuser(realms.us);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!slots(realms).isEmpty()) {
      assertThat(System.nanoTime()).as("the slot is dropped").isLessThan(end);
      us.list(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active AND"
              + " database = current_database()");
      us.list(
          "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
              + " AND database = current_database()");
    }
  }

  /** A server that keeps no more of its log for a slot than it is told to. */
  @Test
  void refusesToCommitAfterItsSlotHasLostChanges() throws SQLException {
    TwoRealms realms = realms();
    execute(ADMIN, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'", "SELECT pg_reload_conf()");
    try {
      realms.copied();
      realms.us.execute("UPDATE note SET title = 'missed' WHERE client_key = 'tenant-a'");
      for (int segment = 0; segment < 4; segment++) {
        execute(ADMIN, "SELECT pg_logical_emit_message(false, 'noise', 'noise')");
        execute(ADMIN, "SELECT pg_switch_wal()", "CHECKPOINT");
      }

      assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
          .isInstanceOf(MigrationException.WrongState.class)
          .hasMessageContaining("is lost")
          .hasMessageContaining("max_slot_wal_keep_size");
      assertServedInUs(realms);
    } finally {
      execute(ADMIN, "ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()");
    }
    startAgain(realms);
  }

  @Test
  void recoverDropsASlotThatNoMigrationHas() {
    TwoRealms realms = realms();
    realms.copied();
    String own = slots(realms).get(0);
    realms.us.list(
        "SELECT pg_create_logical_replication_slot('domicile_99999_' || oid, 'pgoutput') FROM"
            + " pg_database WHERE datname = current_database()");
    assertThat(slots(realms)).hasSize(2);

    realms.migrator().recover(Duration.ZERO);

    assertThat(slots(realms)).containsExactly(own);
    realms.migrator().rollback(TENANT, Progress.Listener.NONE);
  }

  @Test
  void saysWhichWayItTakesAndWhy() throws SQLException {
    TwoRealms realms = realms();
    assertThat(finding(realms.noting(Capture.LOGICAL)))
        .contains("realms.US", "by logical decoding", "without a bound", "max_slot_wal_keep_size");
    assertThat(finding(realms.noting(Capture.AUTO)))
        .contains("by triggers alone", "max_slot_wal_keep_size does not bound");
    assertThat(realms.noting(Capture.TRIGGERS).migrator().assess(TENANT, EU).findings())
        .noneMatch(finding -> finding.code().equals("capture"));
    execute(ADMIN, "ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'", "SELECT pg_reload_conf()");
    try {
      assertThat(finding(realms.noting(Capture.AUTO)))
          .contains("by logical decoding")
          .doesNotContain("without a bound");
      realms.copied();
      assertThat(slots(realms)).hasSize(1);
      realms.migrator().rollback(TENANT, Progress.Listener.NONE);
    } finally {
      execute(ADMIN, "ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()");
    }
  }

  @Test
  void refusesOrTakesTriggersWhereTheRoleMayNotReplicate() {
    TwoRealms realms = realms();
    MigratorConfig logical = realms.smallChunks();
    MigratorConfig auto = realms.noting(Capture.AUTO).smallChunks();
    realms.schedule();
    CaptureWay.mayReplicate(TestDatabases.server(), false);
    try {
      assertThatThrownBy(() -> new Migrator(logical, "test").start(TENANT, Progress.Listener.NONE))
          .isInstanceOf(MigrationException.Refused.class)
          .hasMessageContaining("the role may not replicate")
          .hasMessageContaining("cutover.capture");
      new Migrator(auto, "test").start(TENANT, Progress.Listener.NONE);
      assertNothingHeld(realms);
      realms.us.execute("UPDATE note SET title = 'noted' WHERE client_key = 'tenant-a'");
      new Migrator(auto, "test").commit(TENANT, Progress.Listener.NONE);
    } finally {
      CaptureWay.mayReplicate(TestDatabases.server(), true);
    }
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  private TwoRealms realms() {
    return TwoRealms.withSampleApp(databases, 20).noting(Capture.LOGICAL);
  }

  private static MigratorConfig over(StatementProxy proxy, TwoRealms realms) {
    return realms
        .smallChunks()
        .withRealms(
            Map.of(US, TwoRealms.config(proxy.database()), EU, TwoRealms.config(realms.eu)));
  }

  private static boolean isNoting(Point point, boolean noted) {
    return point.statement().contains(NOTING) && point.answered() == noted;
  }

  private static long logBytes(TwoRealms realms) {
    return Objects.requireNonNull(realms.migrator().report(TENANT).lag()).logBytes();
  }

  private static String finding(TwoRealms realms) {
    return realms.migrator().assess(TENANT, EU).findings().stream()
        .filter(finding -> finding.code().equals("capture"))
        .findFirst()
        .orElseThrow()
        .toString();
  }

  private static void assertServedInUs(TwoRealms realms) {
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')");
  }

  private static void startAgain(TwoRealms realms) {
    realms.migrator().rollback(TENANT, Progress.Listener.NONE);
    assertNothingHeld(realms);
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    realms.committed();
    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("missed"));
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
  }

  private static List<String> slots(TwoRealms realms) {
    return realms.us.list(
        "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()");
  }

  private static void assertNothingHeld(TwoRealms realms) {
    for (Database realm : List.of(realms.us, realms.eu)) {
      assertThat(
              realm.list(
                  "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"
                      + " UNION ALL SELECT pubname FROM pg_publication UNION ALL SELECT slot FROM"
                      + " domicile.fence WHERE slot IS NOT NULL"))
          .isEmpty();
    }
  }

  private static void execute(Database database, String... statements) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
