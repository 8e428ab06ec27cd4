package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.cutover.Fence;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promise P1: after the switch the old realm takes no write of the tenant, whoever sends it. */
final class FenceIT {
  private static final String OWN_NOTE = "(SELECT min(id) FROM note WHERE client_key = 'tenant-a')";
  private static final String OTHER_NOTE =
      "(SELECT min(id) FROM note WHERE client_key = 'tenant-b')";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'x')",
        "INSERT INTO board (client_key, name) VALUES ('tenant-b', 'x'), ('tenant-a', 'x')",
        "UPDATE note SET title = 'x' WHERE id = OWN",
        "UPDATE board SET client_key = 'tenant-a', name = 'x' WHERE client_key = 'tenant-b'",
        "UPDATE board SET client_key = 'tenant-b', name = 'x' WHERE client_key = 'tenant-a'",
        "DELETE FROM note_label WHERE note_id = OWN",
        "DELETE FROM attachment WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a')",
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
            + "UPDATE board SET name = name || 'x' WHERE client_key = 'tenant-a'"
      })
  void refusesEveryKindOfWrite(String write) throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    List<String> before = rows(realms.us, TENANT.clientKey());
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    String sql = write.replace("OWN", OWN_NOTE).replace("OTHER", OTHER_NOTE);

    try (Connection connection = TestDatabases.server().asSuperuser(realms.us).connect();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute(sql))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(Fence.SQLSTATE));
    }
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(before);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
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
          WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-b')
        """);
  }

  /** An old snapshot does not see new rows, so a fence that is a row would not hold it. */
  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void holdsTransactionsWhoseSnapshotIsOlderThanTheFence(int isolation) throws SQLException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    for (String write :
        List.of(
            "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'late')",
            "UPDATE comment SET body = 'late' WHERE note_id = " + OWN_NOTE)) {
      try (Connection connection = realms.us.connect();
          Statement statement = connection.createStatement()) {
        connection.setTransactionIsolation(isolation);
        connection.setAutoCommit(false);
        statement.execute("SELECT count(*) FROM label");
        realms.migrator().commit(TENANT, Progress.Listener.NONE);

        assertThatThrownBy(() -> statement.execute(write))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(Fence.SQLSTATE));
      }
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
      statement.execute("UPDATE comment SET body = body WHERE note_id = " + OTHER_NOTE);

      assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
          .isInstanceOf(MigrationException.CutoverTimedOut.class)
          .hasMessageContaining("held by long transactions");

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
}
