package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.TenantFrozenException;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Promise P1: after the switch the old realm takes no write of the tenant, whoever sends it. */
final class FenceIT {
  private static final String OWN_NOTE = "(SELECT min(id) FROM note WHERE client_key = 'tenant-a')";
  private static final String OTHER_NOTE =
      "(SELECT min(id) FROM note WHERE client_key = 'tenant-b')";

  private static final List<String> WRITES =
      List.of(
          "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'x')",
          "INSERT INTO board (client_key, name) VALUES ('tenant-b', 'x'), ('tenant-a', 'x')",
          "UPDATE note SET title = 'x' WHERE id = OWN",
          "UPDATE board SET client_key = 'tenant-a', name = 'x' WHERE client_key = 'tenant-b'",
          "UPDATE board SET client_key = 'tenant-b', name = 'x' WHERE client_key = 'tenant-a'",
          "DELETE FROM note_label WHERE note_id = OWN",
          "DELETE FROM attachment WHERE note_id IN (SELECT id FROM note WHERE client_key ="
              + " 'tenant-a')",
          "DELETE FROM comment AS c WHERE note_id = OWN"
              + " AND NOT EXISTS (SELECT FROM comment AS r WHERE r.parent_id = c.id)",
          "INSERT INTO comment (note_id, author, body, created_at)"
              + " VALUES (OWN, gen_random_uuid(), 'x', now())",
          "UPDATE comment SET body = 'x' WHERE note_id = OWN",
          "UPDATE comment SET note_id = OTHER WHERE note_id = OWN",
          "UPDATE comment SET note_id = OWN WHERE note_id = OTHER",
          "INSERT INTO note_label VALUES (OWN, 'red'), (OWN, 'blue') ON CONFLICT DO NOTHING",
          "INSERT INTO board (id, client_key, name) OVERRIDING SYSTEM VALUE SELECT id, client_key,"
              + " name FROM board WHERE client_key = 'tenant-a' ON CONFLICT (id) DO UPDATE SET name"
              + " = 'x' || EXCLUDED.id",
          "TRUNCATE attachment",
          "SET session_replication_role = replica;"
              + "UPDATE board SET name = name || 'x' WHERE client_key = 'tenant-a'",
          "COPY board (client_key, name) FROM PROGRAM 'printf \"tenant-a\\tcopied\\n\"'",
          "MERGE INTO board AS b USING (VALUES ('tenant-a')) AS v (k) ON b.client_key = v.k"
              + " WHEN MATCHED THEN UPDATE SET name = name || 'x'",
          // By a cascade, and by a trigger of the application.
          "DELETE FROM note_label; DELETE FROM attachment; DELETE FROM note WHERE id = OTHER OR id"
              + " = OWN",
          "CREATE FUNCTION pg_temp.also() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE board"
              + " SET name = 'x' WHERE client_key = 'tenant-a'; RETURN NULL; END $$; CREATE TRIGGER"
              + " also AFTER UPDATE ON label FOR EACH ROW EXECUTE FUNCTION pg_temp.also(); UPDATE"
              + " label SET hex = '000000'");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void refusesEveryKindOfWrite() throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    List<String> before = rows(realms.us, TENANT.clientKey());
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    for (String write : WRITES) {
      String sql = write.replace("OWN", OWN_NOTE).replace("OTHER", OTHER_NOTE);
      try (Connection connection = TestDatabases.server().asSuperuser(realms.us).connect();
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        assertThat(refusal(statement, sql)).as(write).isEqualTo(TenantFrozenException.FENCED);
        connection.rollback();
      }
    }
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(before);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
  }

  /** Who gives up at once is told what is in the way. */
  @Test
  void namesTheWritersThatItCannotBeTakenDownFor() throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Migration ready = realms.copied();
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement();
        RealmSession session = RealmSession.open("realms.US", TwoRealms.config(realms.us))) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      statement.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'x')");
      Fence fence = new Fence(session, ready, Side.SOURCE);

      Thread.currentThread().interrupt();
      assertThatThrownBy(fence::lower)
          .isInstanceOf(MigrationException.CutoverTimedOut.class)
          .hasMessageContaining("end their long transactions");
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(realms.migrator().rollback(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
  }

  @Test
  void letsOtherTenantsWriteAsBefore() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();

    realms.us.execute(
        """
        INSERT INTO board (client_key, name) VALUES ('tenant-b', 'x');
        UPDATE note SET title = 'x' WHERE client_key = 'tenant-b';
        UPDATE comment SET body = 'x' WHERE note_id IN (
          SELECT id FROM note WHERE client_key = 'tenant-b');
        DELETE FROM comment WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-b');
        DELETE FROM note_label
          WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-b');
        DELETE FROM attachment WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-b');
        DELETE FROM note WHERE client_key = 'tenant-b'
        """);
    assertThat(realms.us.number("SELECT count(*) FROM domicile.change_log")).isZero();
  }

  /** The triggers are the owner's; whoever writes needs no rights on Domicile's own tables. */
  @Test
  void bindsARoleThatOwnsNothing() throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(Capture.TRIGGERS);
    realms.copied();
    Database application = Roles.application(realms.us);
    application.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'by role')");
    assertThat(realms.us.number("SELECT count(*) FROM domicile.change_log")).isEqualTo(1);
    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertThatThrownBy(
            () ->
                application.execute(
                    "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'too late')"))
        .hasStackTraceContaining("takes no more writes");
    assertThat(realms.eu.list("SELECT name FROM board WHERE client_key = 'tenant-a'"))
        .contains("by role");
  }

  /** An old snapshot does not see the freeze; such a transaction has to be repeated. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2 | INSERT INTO board (client_key, name) VALUES ('tenant-a', 'late')
          4 | UPDATE comment SET body = 'late' WHERE note_id = OWN
          8 | UPDATE comment SET body = 'late' WHERE note_id = OWN
          8 | DELETE FROM note_label WHERE note_id = OWN
          """)
  void holdsTransactionsThatBeganBeforeTheFence(int isolation, String write) throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setTransactionIsolation(isolation);
      connection.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM label");
      realms.migrator().commit(TENANT, Progress.Listener.NONE);

      String sql = write.replace("OWN", OWN_NOTE);
      String first =
          isolation == Connection.TRANSACTION_READ_COMMITTED
              ? TenantFrozenException.FENCED
              : "40001";
      assertThat(refusal(statement, sql)).isEqualTo(first);
      connection.rollback();
      assertThat(refusal(statement, sql)).isEqualTo(TenantFrozenException.FENCED);
    }
  }

  @Test
  void waitsForAWriterInFlightAndTakesItsRowsAlong() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    CompletableFuture<Migration> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'in flight')");
      commit =
          CompletableFuture.supplyAsync(
              () -> realms.migrator().commit(TENANT, Progress.Listener.NONE));
      Thread.sleep(700);
      assertThat(commit).isNotDone();
      connection.commit();
    }
    assertThat(commit.get(30, TimeUnit.SECONDS).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(realms.eu.list("SELECT name FROM board WHERE client_key = 'tenant-a'"))
        .contains("in flight");
  }

  @Test
  void givesUpOnAWriterThatDoesNotEndAndLeavesTheTenantServed() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE comment SET body = body WHERE note_id = " + OWN_NOTE);

      assertThatThrownBy(() -> hasty(realms).commit(TENANT, Progress.Listener.NONE))
          .isInstanceOf(MigrationException.CutoverTimedOut.class)
          .hasMessageContaining("end their long transactions");

      connection.rollback();
    }
    assertThat(realms.migrator().migration(TENANT).state())
        .isEqualTo(MigrationState.READY_TO_COMMIT);
    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')");
    assertThat(realms.migrator().commit(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.COMMITTED);
  }

  @Test
  void aRollbackOfACommitThatDiedOpensTheSourceAgain() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    // What a process leaves that dies right before the flip.
    realms.control.execute(
        "ALTER TABLE domicile.route ADD CONSTRAINT trap CHECK (realm <> 'EU') NOT VALID");
    assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
        .isInstanceOf(RuntimeException.class);
    realms.control.execute("UPDATE domicile.migration SET state = 'COMMITTING'");

    realms.migrator().rollback(TENANT, Progress.Listener.NONE);

    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')");
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  private static String refusal(Statement statement, String sql) {
    SQLException error = catchThrowableOfType(SQLException.class, () -> statement.execute(sql));
    return error == null ? "none" : error.getSQLState();
  }

  private static Migrator hasty(TwoRealms realms) {
    return new Migrator(
        realms
            .smallChunks()
            .withCutover(new CutoverSettings(Duration.ofMillis(500), 2, Duration.ofHours(1))),
        "test");
  }
}
