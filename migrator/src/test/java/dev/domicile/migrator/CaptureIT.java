package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.cutover.Notes;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.state.ControlDatabase;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written while rows are copied is noted, and taken along. */
final class CaptureIT {
  private static final String OWN = "(SELECT min(id) FROM note WHERE client_key = 'tenant-a')";
  private static final String LAST = "(SELECT max(id) FROM note WHERE client_key = 'tenant-a')";
  private static final String OTHER = "(SELECT min(id) FROM note WHERE client_key = 'tenant-b')";
  private static final String OWN_BOARD =
      "(SELECT min(id) FROM board WHERE client_key = 'tenant-a')";
  private static final String OTHER_BOARD =
      "(SELECT min(id) FROM board WHERE client_key = 'tenant-b')";

  /** Has the comment 'early' refer to a row that comes after it. */
  static final String HANG_BELOW_A_LATE_NOTE =
      """
      WITH late AS (
        INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
        SELECT 'tenant-a', min(id), 'late', 'open', '{}', 1, now() FROM board
        WHERE client_key = 'tenant-a' RETURNING id)
      UPDATE comment SET note_id = late.id, parent_id = NULL FROM late WHERE body = 'early'
      """;

  /** One after the other on one tenant; after each of them both ends are equal again. */
  private static final List<String> WRITES =
      List.of(
          "UPDATE note SET title = 'x', body = NULL WHERE id = " + OWN,
          "UPDATE note SET status = 'done' WHERE client_key IN ('tenant-a', 'tenant-b')",
          "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'n1'), ('tenant-b', 'n1')",
          "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'n1')"
              + " ON CONFLICT (client_key, name) DO UPDATE SET name = 'n2'",
          "INSERT INTO note_label VALUES (" + OWN + ", 'grey') ON CONFLICT DO NOTHING",
          // A key changes.
          "UPDATE attachment SET id = gen_random_uuid() WHERE note_id = " + OWN,
          "UPDATE note_label SET label = 'green' WHERE label = 'red'",
          // A row changes hands below another one, and back.
          "UPDATE comment SET note_id = "
              + OTHER
              + ", parent_id = NULL WHERE id = (SELECT max(id) FROM comment WHERE note_id = "
              + OWN
              + ")",
          "UPDATE comment SET note_id = "
              + OWN
              + ", parent_id = NULL WHERE id = (SELECT max(id) FROM comment WHERE note_id = "
              + OTHER
              + ")",
          // A row leaves the tenant, with all that hangs from it, and another one comes.
          "UPDATE note SET client_key = 'tenant-b', board_id = "
              + OTHER_BOARD
              + " WHERE id = "
              + OWN,
          "UPDATE note SET client_key = 'tenant-a', board_id = "
              + OWN_BOARD
              + " WHERE id = "
              + OTHER,
          // And it comes along with one that is written below it at the same time.
          "UPDATE note SET client_key = 'tenant-a', board_id = "
              + OWN_BOARD
              + " WHERE id = (SELECT max(id) FROM note WHERE client_key = 'tenant-b');"
              + "INSERT INTO comment (note_id, author, body, created_at) VALUES ("
              + LAST
              + ", gen_random_uuid(), 'below', now())",
          // Deleted by a cascade, where the parent is gone before its children.
          "DELETE FROM note_label WHERE note_id = "
              + LAST
              + "; DELETE FROM attachment WHERE note_id = "
              + LAST
              + "; DELETE FROM note WHERE id = "
              + LAST,
          // A whole chain comes and goes in one transaction.
          "BEGIN; INSERT INTO note (id, client_key, board_id, title, status, tags, position,"
              + " created_at) OVERRIDING SYSTEM VALUE VALUES (900001, 'tenant-a', "
              + OWN_BOARD
              + ", 't', 'open', '{}', 1, now()); INSERT INTO comment (note_id, author, body,"
              + " created_at) VALUES (900001, gen_random_uuid(), 'c', now()); DELETE FROM note"
              + " WHERE id = 900001; COMMIT",
          "SET session_replication_role = replica; UPDATE board SET settings = '{\"a\": 1}'",
          "TRUNCATE note_label",
          "TRUNCATE attachment, note_label",
          // Rewrites rows, and no trigger fires.
          "ALTER TABLE comment ALTER body TYPE text USING upper(body)",
          "DELETE FROM comment WHERE note_id IN (SELECT id FROM note WHERE client_key ="
              + " 'tenant-a')");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @ParameterizedTest
  @CsvSource({"false, TRIGGERS", "true, TRIGGERS", "false, LOGICAL"})
  void takesEveryKindOfWriteAlong(boolean superuser, Capture capture) throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 60).noting(capture);
    MigratorConfig config = superuser ? asSuperuser(realms) : realms.smallChunks();
    new Migrator(config, "test")
        .schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    new Migrator(config, "test").start(TENANT, Progress.Listener.NONE);
    List<String> resident = rows(realms.eu, RESIDENT);

    for (String write : WRITES) {
      List<String> before = rows(realms.us, TENANT.clientKey());
      execute(TestDatabases.server().asSuperuser(realms.us), write);
      List<String> after = rows(realms.us, TENANT.clientKey());
      if (!write.startsWith("BEGIN")) {
        assertThat(after).as("this changes something: %s", write).isNotEqualTo(before);
      }
      catchUp(config);
      assertThat(rows(realms.eu, TENANT.clientKey())).as(write).isEqualTo(after);
      assertThat(realms.us.number("SELECT count(*) FROM domicile.change_log")).as(write).isZero();
    }
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    List<String> last = rows(realms.us, TENANT.clientKey());
    new Migrator(config, "test").commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(last).isNotEmpty();
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    realms.eu.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'after')");
  }

  /** The application's own triggers write rows too, and change rows before they are written. */
  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void takesAlongWhatTriggersWrite(Capture capture) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(capture);
    realms.us.execute(
        """
        CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO comment (note_id, author, body, created_at)
          VALUES (NEW.id, gen_random_uuid(), 'by trigger', now());
          RETURN NULL;
        END $$;
        CREATE TRIGGER answer AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION answer();
        CREATE FUNCTION adopt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          NEW.client_key := 'tenant-a';
          RETURN NEW;
        END $$;
        CREATE TRIGGER adopt BEFORE INSERT ON board FOR EACH ROW WHEN (NEW.name = 'foundling')
          EXECUTE FUNCTION adopt()
        """);
    realms.copied();
    realms.us.execute(
        "INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)"
            + " SELECT client_key, board_id, 'new', status, tags, position, now() FROM note"
            + " WHERE id = "
            + OWN
            + "; INSERT INTO board (client_key, name) VALUES ('tenant-b', 'foundling')");
    List<String> now = rows(realms.us, TENANT.clientKey());

    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(now)
        .anySatisfy(row -> assertThat(row).contains("by trigger"))
        .anySatisfy(row -> assertThat(row).contains("foundling"));
  }

  /** The texts of keys must not depend on the settings of whoever writes. */
  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void notesKeysTheSameWayWhateverTheWritersSettingsAre(Capture capture) throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5).noting(capture);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          "CREATE TABLE visit (client_key text, at timestamptz, weight float8, bits bytea, n int,"
              + " PRIMARY KEY (client_key, at, weight, bits))");
    }
    realms.us.execute(
        "INSERT INTO visit SELECT t, '2024-03-31 01:59:59.123456+00', 0.1::float8 + 0.2, '\\x00ff',"
            + " 1 FROM unnest(ARRAY['tenant-a', 'tenant-b']) AS t");
    realms.copied();
    execute(
        realms.us,
        "SET LOCAL DateStyle = 'German'; SET LOCAL TimeZone = 'Asia/Tokyo'; SET LOCAL"
            + " extra_float_digits = -15;SET LOCAL bytea_output = escape; UPDATE visit SET n = 2");

    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertThat(realms.eu.list("SELECT n::text FROM visit")).containsExactly("2");
  }

  /** Whoever wrote below a row before it became the tenant's did not know, and left no note. */
  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void waitsForWhoWroteBelowARowThatBecameTheTenants(Capture capture) throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(capture);
    realms.copied();
    long note = realms.us.number("SELECT " + OTHER);
    CompletableFuture<Migration> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "INSERT INTO comment (note_id, author, body, created_at) VALUES ("
              + note
              + ", gen_random_uuid(), 'unaware', now())");
      realms.us.execute(
          "UPDATE note SET client_key = 'tenant-a', board_id = "
              + OWN_BOARD
              + " WHERE id = "
              + note);
      commit =
          CompletableFuture.supplyAsync(
              () -> realms.migrator().commit(TENANT, Progress.Listener.NONE));
      assertThat(commit)
          .as("waits for the writer")
          .failsWithin(700, TimeUnit.MILLISECONDS)
          .withThrowableOfType(java.util.concurrent.TimeoutException.class);
      connection.commit();
    }
    commit.get(60, TimeUnit.SECONDS);

    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("unaware"));
  }

  /** A snapshot from before the row became the tenant's does not show whose it is by now. */
  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void takesAlongWhatAnOldSnapshotWritesBelowARowThatBecameTheTenants(Capture capture)
      throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(capture);
    realms.copied();
    long note = realms.us.number("SELECT " + OTHER);
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM label");
      realms.us.execute(
          "UPDATE note SET client_key = 'tenant-a', board_id = "
              + OWN_BOARD
              + " WHERE id = "
              + note);
      catchUp(realms.smallChunks());
      statement.execute(
          "INSERT INTO comment (note_id, author, body, created_at) VALUES ("
              + note
              + ", gen_random_uuid(), 'old snapshot', now())");
      connection.commit();
    }
    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("old snapshot"));
  }

  /** A batch of changes may hold a row and not yet the one that it hangs from by now. */
  @ParameterizedTest
  @CsvSource({"false, TRIGGERS", "true, TRIGGERS", "false, LOGICAL"})
  void takesAlongARowWhoseParentCameMuchLater(boolean superuser, Capture capture) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(capture);
    MigratorConfig config = superuser ? asSuperuser(realms) : realms.smallChunks();
    new Migrator(config, "test")
        .schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    new Migrator(config, "test").start(TENANT, Progress.Listener.NONE);
    String comment = "(SELECT max(id) FROM comment WHERE note_id = " + OWN + ")";
    realms.us.execute("UPDATE comment SET body = 'early' WHERE id = " + comment);
    realms.us.execute(
        "INSERT INTO board (client_key, name) SELECT 'tenant-a', 'n' || i FROM generate_series(1,"
            + " 6000) AS i");
    realms.us.execute(HANG_BELOW_A_LATE_NOTE);

    catchUp(config);

    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("early"));
  }

  @Test
  void refusesToCommitAfterItsTriggersWereTakenAway() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    realms.us.execute("ALTER TABLE note DISABLE TRIGGER USER");

    assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("public.note")
        .hasMessageContaining("roll back and start again");
    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')");
  }

  /** A row of another tenant at the target is never overwritten, whatever its key is. */
  @Test
  void neverTakesAKeyOfSomebodyElseAtTheTarget() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    List<String> resident = rows(realms.eu, RESIDENT);
    long taken = realms.eu.number("SELECT min(id) FROM board WHERE client_key = 'tenant-c'");
    realms.us.execute(
        "INSERT INTO board (id, client_key, name) VALUES (" + taken + ", 'tenant-a', 'clash')");

    assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.VerificationFailed.class)
        .hasMessageContaining("1 changed rows of public.board")
        .hasMessageContaining("their keys are taken in EU");
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    realms.us.execute("DELETE FROM board WHERE name = 'clash'");
    realms.migrator().commit(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  @Test
  void saysHowMuchWaitsToBeTakenAlong() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(Capture.TRIGGERS);
    realms.copied();
    assertThat(lag(realms).changes()).isZero();
    realms.us.execute("UPDATE board SET settings = '{}'");

    ChangeLog.Lag lag = lag(realms);

    assertThat(lag.changes()).isEqualTo(1);
    assertThat(lag.seconds()).isGreaterThan(0);
  }

  private static ChangeLog.Lag lag(TwoRealms realms) {
    return Objects.requireNonNull(realms.migrator().report(TENANT).lag());
  }

  /** Takes along what has changed since the start. */
  static void catchUp(MigratorConfig config) {
    Migration ready = new Migrator(config, "test").migration(TENANT);
    MigrationStore store = new MigrationStore(ControlDatabase.open(config.control()), "test");
    Plan plan = Plan.fromJson(store.plan(ready).orElseThrow());
    try (Ends ends = Ends.forth(config, ready);
        Notes notes = ends.notesFrom(ready)) {
      ends.fenceFrom(ready).takeOver(State.OPEN);
      ends.fenceTo(ready).takeOver(State.CLOSED);
      ends.gatesFrom(ready, plan).requireStanding();
      new SwitchOver(config, store)
          .cutover(ends, ready, plan, Ledger.read(ready).chunks(ends.to()), notes)
          .catchUp();
    }
  }

  private static MigratorConfig asSuperuser(TwoRealms realms) {
    return realms
        .smallChunks()
        .withRealms(
            Map.of(
                US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))));
  }

  private static void execute(Database database, String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
