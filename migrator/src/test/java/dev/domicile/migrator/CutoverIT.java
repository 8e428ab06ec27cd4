package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.StatementProxy;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What may go wrong between the first row and the flip. */
final class CutoverIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;
  private static final String FENCES =
      "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'domicile_fence%'";
  private static final String SERVED =
      "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void noticesTablesThatChangedAfterTheCopy() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute("ALTER TABLE note ADD priority int");
    }
    realms.us.execute("UPDATE note SET priority = 1");

    assertThatThrownBy(() -> commit(realms))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("have changed since");
    isServedAtTheSource(realms);
  }

  @Test
  void noticesATargetThatLostTheCopy() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    realms.eu.execute(
        "DROP SCHEMA domicile CASCADE; TRUNCATE atlassian_host, board, note, comment, attachment,"
            + " note_label");
    realms.migrator().init(false);

    assertThatThrownBy(() -> commit(realms))
        .isInstanceOf(MigrationException.VerificationFailed.class)
        .hasMessageContaining("does not hold the copy");
    isServedAtTheSource(realms);
  }

  @Test
  void noticesARouteThatWasReplaced() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    Migrator migrator = realms.migrator();
    assertThatThrownBy(() -> migrator.forget(migrator.routes().find(TENANT).orElseThrow()))
        .isInstanceOf(MigrationException.WrongState.class);
    realms.control.execute(
        "UPDATE domicile.route SET state = 'REMOVED', realm = NULL, epoch = epoch + 1 WHERE"
            + " client_key = 'tenant-a'; UPDATE domicile.route SET state = 'ACTIVE', realm = 'AU',"
            + " epoch = epoch + 1 WHERE client_key = 'tenant-a'");

    assertThatThrownBy(() -> commit(realms)).isInstanceOf(MigrationException.WrongState.class);

    assertThat(migrator.routes().find(TENANT).orElseThrow().realm().name()).isEqualTo("AU");
    assertThat(realms.us.list("SELECT state FROM domicile.fence")).containsExactly("OPEN");
  }

  @Test
  void aFlipWhoseAnswerWasLostIsACommit() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    AtomicBoolean changed = new AtomicBoolean();
    AtomicBoolean lost = new AtomicBoolean();
    StatementProxy.Faults faults =
        point -> {
          changed.compareAndSet(false, point.statement().contains("update \"domicile\".\"route\""));
          return point.answered()
              && point.statement().startsWith("COMMIT")
              && changed.get()
              && lost.compareAndSet(false, true);
        };
    try (StatementProxy control = new StatementProxy("control", realms.control, faults)) {
      MigratorConfig config = realms.smallChunks();
      Migrator migrator =
          new Migrator(
              new MigratorConfig(
                  TwoRealms.config(control.database()), config.realms(), config.tables()),
              "test");

      assertThat(migrator.commit(TENANT, NONE).state()).isEqualTo(MigrationState.COMMITTED);
    }
    assertThat(lost).isTrue();
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(EU);
    assertThatThrownBy(() -> realms.us.execute(SERVED))
        .hasStackTraceContaining("takes no more writes");
  }

  /** It may leave a session in the middle of a statement. */
  @Test
  void anErrorAfterTheFreezeThaws() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    MigratorConfig config = realms.smallChunks();
    Migrator failing =
        new Migrator(
            config.withRealms(
                Map.of(US, OutOfMemorySockets.to(realms.us), EU, OutOfMemorySockets.to(realms.eu))),
            "test");

    OutOfMemorySockets.arm(realms.us);
    assertThatThrownBy(() -> failing.commit(TENANT, NONE)).isInstanceOf(OutOfMemoryError.class);
    isServedAtTheSource(realms);
    commit(realms);

    OutOfMemorySockets.arm(realms.eu);
    assertThatThrownBy(() -> failing.rollback(TENANT, NONE)).isInstanceOf(OutOfMemoryError.class);
    realms.eu.execute("UPDATE board SET name = 'served there' WHERE name = 'served'");
    assertThat(realms.migrator().rollback(TENANT, NONE).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(realms.us.list("SELECT name FROM board")).contains("served there");
  }

  @Test
  void aRollbackOpensTheSourceThoughTheTargetIsDown() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    realms.us.execute("UPDATE domicile.fence SET state = 'FROZEN'");
    MigratorConfig config = realms.smallChunks();
    Migrator cutOff =
        new Migrator(
            new MigratorConfig(
                config.control(),
                Map.of(
                    US,
                    TwoRealms.config(realms.us),
                    EU,
                    new DatabaseConfig("jdbc:postgresql://localhost:1/eu", "a", "b")),
                config.tables()),
            "test");

    assertThatThrownBy(() -> cutOff.rollback(TENANT, NONE))
        .isInstanceOf(MigrationException.DatabaseUnavailable.class);

    realms.us.execute(SERVED);
    realms.migrator().rollback(TENANT, NONE);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  @Test
  void aRollbackWhileACommitWaitsLeavesNoFence() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    CompletableFuture<Migration> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE note SET title = title WHERE client_key = 'tenant-a'");
      commit = CompletableFuture.supplyAsync(() -> commit(realms));
      while (realms.us.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
        Thread.sleep(5);
      }
      realms.control.execute(
          "UPDATE domicile.migration SET state = 'ROLLING_BACK', epoch = epoch + 1");
      connection.rollback();
    }

    assertThatThrownBy(() -> commit.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(MigrationException.TakenOver.class);
    realms.us.execute(SERVED);
    realms.migrator().rollback(TENANT, NONE);
    assertThat(realms.us.number(FENCES)).isZero();
  }

  @Test
  void aCommitThatFailsThawsWhatOneThatDiedHasFrozen() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    realms.us.execute("UPDATE domicile.fence SET state = 'FROZEN'");
    realms.control.execute(
        "ALTER TABLE domicile.route ADD CONSTRAINT trap CHECK (realm <> 'EU') NOT VALID");

    assertThatThrownBy(() -> commit(realms)).isInstanceOf(RuntimeException.class);

    isServedAtTheSource(realms);
  }

  /** A recovery looks for switches that were begun, not for copies that are ready. */
  @Test
  void aCommitThatFailsAndCannotThawIsFoundByARecovery() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    realms.control.execute(
        "ALTER TABLE domicile.route ADD CONSTRAINT trap CHECK (realm <> 'EU') NOT VALID");
    realms.us.execute(
        """
        CREATE FUNCTION domicile.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION 'not now';
        END $$;
        CREATE TRIGGER trap BEFORE UPDATE ON domicile.fence FOR EACH ROW
          WHEN (OLD.state = 'FROZEN' AND NEW.state = 'OPEN') EXECUTE FUNCTION domicile.trap()
        """);
    assertThatThrownBy(() -> commit(realms)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> realms.us.execute(SERVED))
        .hasStackTraceContaining("takes no more writes");
    realms.us.execute("DROP FUNCTION domicile.trap() CASCADE");
    realms.control.execute("ALTER TABLE domicile.route DROP CONSTRAINT trap");

    assertThat(realms.migrator().recover(Duration.ZERO)).hasSize(1);

    realms.eu.execute(SERVED);
  }

  @Test
  void aStartThatComesAfterTheRollbackCopiesNothing() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Migration late = realms.schedule();
    realms.migrator().start(TENANT, NONE);
    realms.migrator().rollback(TENANT, NONE);

    try (RealmSession target = RealmSession.open("realms.EU", TwoRealms.config(realms.eu))) {
      assertThatThrownBy(() -> Ledger.takeOver(target, late))
          .isInstanceOf(MigrationException.TakenOver.class);
    }
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  @Test
  void rowsMayExchangeUniqueValuesBeforeTheCommitWhereTriggersCanBeSwitchedOff() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 250);
    MigratorConfig config = realms.smallChunks();
    Migrator migrator =
        new Migrator(
            new MigratorConfig(
                config.control(),
                Map.of(
                    US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                    EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))),
                config.tables()),
            "test");
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, NONE);
    realms.us.execute(
        "UPDATE board SET name = 'x' || name; UPDATE board SET name = CASE name WHEN 'xBoard 1'"
            + " THEN 'Board 2' WHEN 'xBoard 2' THEN 'Board 1' ELSE substr(name, 2) END");
    List<String> now = rows(realms.us, TENANT.clientKey());

    migrator.commit(TENANT, NONE);

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(now);
  }

  /**
   * Without the right to defer, a child of a row that came after its chunk cannot arrive at once.
   */
  @Test
  void copiesATenantThatGoesOnWriting() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 120);
    realms.schedule();
    AtomicBoolean written = new AtomicBoolean();

    realms
        .migrator()
        .start(
            TENANT,
            progress -> {
              if (progress.table().equals("public.note") && written.compareAndSet(false, true)) {
                realms.us.execute(
                    """
                    WITH fresh AS (
                      INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
                      SELECT 'tenant-a', min(id), 'fresh', 'open', '{}', 1, now() FROM board
                      WHERE client_key = 'tenant-a' RETURNING id)
                    INSERT INTO comment (id, note_id, author, body, created_at)
                    SELECT -1, id, gen_random_uuid(), 'fresh', now() FROM fresh
                    """);
              }
            });

    assertThat(written).isTrue();
    commit(realms);
    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("fresh"));
  }

  /** Changes were brought along before the chunks that their rows belong to. */
  @Test
  void aRollbackInTheMiddleOfACopyDeletesWhatChangesHaveBrought() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 600);
    List<String> resident = rows(realms.eu, TwoRealms.RESIDENT);
    realms.schedule();
    AtomicBoolean written = new AtomicBoolean();
    Progress.Listener listener =
        progress -> {
          if (progress.table().equals("public.note") && written.compareAndSet(false, true)) {
            realms.us.execute(
                """
                INSERT INTO board (client_key, name) VALUES ('tenant-a', 'fresh');
                UPDATE note SET board_id = (SELECT id FROM board WHERE name = 'fresh') WHERE id IN (
                  SELECT id FROM note WHERE client_key = 'tenant-a' AND title LIKE 'Note%' ORDER BY id OFFSET 150);
                INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
                SELECT 'tenant-a', id, 'fresh', 'open', '{}', 1, now() FROM board WHERE name = 'fresh'
                """);
          }
          if (realms.eu.number("SELECT count(*) FROM note WHERE title = 'fresh'") > 0) {
            throw new IllegalStateException("stopped");
          }
        };

    assertThatThrownBy(() -> realms.migrator().start(TENANT, listener))
        .hasStackTraceContaining("stopped");
    assertThat(
            realms.eu.number(
                """
                SELECT count(*) FROM domicile.copy_chunk AS c WHERE table_name = 'public.note'
                AND chunk = (SELECT max(chunk) FROM domicile.copy_chunk WHERE table_name = 'public.note')
                AND NOT EXISTS (SELECT FROM domicile.copy_checkpoint AS p WHERE p.table_name = c.table_name AND p.chunk = c.chunk)
                """))
        .as("the chunk that the new note belongs to is not in")
        .isOne();
    realms.migrator().rollback(TENANT, NONE);

    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.eu, TwoRealms.RESIDENT)).isEqualTo(resident);
  }

  @Test
  void nobodyAtTheTargetDrawsAnIdThatIsAboutToArrive() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 60);
    realms.us.execute("ALTER TABLE board ALTER id RESTART WITH 5000");
    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'last')");
    realms.schedule();
    AtomicBoolean drawn = new AtomicBoolean();

    realms
        .migrator()
        .start(
            TENANT,
            progress -> {
              if (progress.phase() == Progress.Phase.PLAN && drawn.compareAndSet(false, true)) {
                realms.eu.execute("INSERT INTO board (client_key, name) VALUES ('tenant-c', 'x')");
              }
            });

    assertThat(realms.eu.number("SELECT id FROM board WHERE name = 'x'")).isGreaterThan(5000);
  }

  @Test
  void theFenceHoldsATransactionThatCannotSeeWhoseTheParentIs() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    String note = "(SELECT max(id) FROM note WHERE client_key = 'tenant-b')";
    long id = realms.us.number("SELECT " + note);
    try (Connection old = realms.us.connect();
        Statement statement = old.createStatement()) {
      old.setAutoCommit(false);
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      statement.execute("SELECT count(*) FROM label");
      realms.us.execute(
          "UPDATE note SET client_key = 'tenant-a', board_id = (SELECT min(id) FROM board WHERE"
              + " client_key = 'tenant-a') WHERE id = "
              + id);
      commit(realms);

      assertThatThrownBy(
              () ->
                  statement.execute(
                      "INSERT INTO comment (note_id, author, body, created_at)"
                          + " VALUES ("
                          + id
                          + ", gen_random_uuid(), 'lost', now())"))
          .hasStackTraceContaining("could not serialize access");
    }
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  private static Migration commit(TwoRealms realms) {
    return realms.migrator().commit(TENANT, NONE);
  }

  private static void isServedAtTheSource(TwoRealms realms) {
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    assertThat(realms.migrator().migration(TENANT).state())
        .isEqualTo(MigrationState.READY_TO_COMMIT);
    realms.us.execute(SERVED);
  }
}
