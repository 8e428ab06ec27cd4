package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Orders of events that have cost other systems data or hours, one test each. */
final class PinnedInterleavingsIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;
  private static final String SERVED =
      "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  /** A note with a low number that is committed late must not be taken for one that is done. */
  @Test
  void aDrainDoesNotPassOverATransactionThatCommitsAfterIt() throws SQLException {
    TwoRealms realms = copied();
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'early, late')");
      realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'between')");
      // Takes along what it sees, then waits for the writer in vain.
      assertThatThrownBy(() -> hasty(realms).commit(TENANT, NONE))
          .isInstanceOf(CutoverTimedOut.class);
      assertThat(realms.eu.list("SELECT name FROM board")).contains("between");
      connection.commit();
    }

    realms.migrator().commit(TENANT, NONE);

    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("early, late"));
  }

  /** The last position is read after the freeze has waited for the writers, not before. */
  @Test
  void theLastDrainStartsWhenTheWritersInFlightHaveEnded() throws Exception {
    TwoRealms realms = copied();
    CompletableFuture<Migration> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "UPDATE atlassian_host SET base_url = 'https://at-the-last-moment.example'");
      commit = CompletableFuture.supplyAsync(() -> realms.migrator().commit(TENANT, NONE));
      awaitWaiter(realms.us);
      statement.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'last')");
      connection.commit();
    }
    assertThat(commit.get(60, TimeUnit.SECONDS).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .as("the tenant's own row too")
        .anySatisfy(row -> assertThat(row).contains("at-the-last-moment"));
  }

  /** A process that lost the migration must not undo what its successor has done. */
  @Test
  void theUndoOfAProcessThatWasTakenOverThawsNothing() {
    TwoRealms realms = copied();
    Migration ready = realms.migrator().migration(TENANT);
    try (RealmSession session = RealmSession.open("realms.US", TwoRealms.config(realms.us))) {
      Fence slow = new Fence(session, at(ready, ready.epoch() + 1), Side.SOURCE);
      Fence successor = new Fence(session, at(ready, ready.epoch() + 2), Side.SOURCE);
      slow.takeOver(State.OPEN);
      slow.freeze(Duration.ofSeconds(1));
      successor.takeOver(State.OPEN);
      successor.freeze(Duration.ofSeconds(1));

      assertThatThrownBy(slow::thaw).isInstanceOf(TakenOver.class);
      assertThatThrownBy(slow::lower).isInstanceOf(TakenOver.class);

      assertThat(successor.state()).contains(State.FROZEN);
      assertThatThrownBy(() -> realms.us.execute(SERVED))
          .hasStackTraceContaining("takes no more writes");
    }
  }

  @Test
  void aFreezeThatComesAfterTheRollbackFails() {
    TwoRealms realms = copied();
    Migration ready = realms.migrator().migration(TENANT);
    realms.migrator().rollback(TENANT, NONE);
    try (RealmSession session = RealmSession.open("realms.US", TwoRealms.config(realms.us))) {
      Fence late = new Fence(session, ready, Side.SOURCE);

      assertThatThrownBy(() -> late.freeze(Duration.ofSeconds(1))).isInstanceOf(TakenOver.class);
      assertThatThrownBy(() -> late.takeOver(State.OPEN)).isInstanceOf(TakenOver.class);
    }
    realms.us.execute(SERVED);
  }

  /** Its row at the target is refused, whichever node believes that it lives there already. */
  @Test
  void nobodyWritesTheTenantsRowsAtTheTargetBeforeTheFlip() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.schedule();
    realms.migrator().start(TENANT, NONE);
    for (String write :
        List.of(
            SERVED,
            "UPDATE comment SET body = 'x' WHERE note_id IN"
                + " (SELECT id FROM note WHERE client_key = 'tenant-a')")) {
      assertThatThrownBy(() -> realms.eu.execute(write))
          .hasStackTraceContaining("takes no more writes");
    }
    realms.eu.execute(
        "UPDATE comment SET body = body WHERE note_id IN"
            + " (SELECT id FROM note WHERE client_key = 'tenant-c')");

    realms.migrator().commit(TENANT, NONE);

    realms.eu.execute(SERVED);
  }

  @Test
  void oneTenantsSwitchThatHangsIsNotFeltByAnother() throws Exception {
    TwoRealms realms = copied();
    TenantId neighbour = new TenantId(NEIGHBOUR);
    realms.migrator().schedule(neighbour, EU, Instant.now(), Instant.now().plusSeconds(3600));
    realms.migrator().start(neighbour, NONE);
    CompletableFuture<Migration> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(SERVED);
      commit = CompletableFuture.supplyAsync(() -> patient(realms).commit(TENANT, NONE));
      awaitWaiter(realms.us);

      // The neighbour writes, and is moved, while the first one waits for its freeze.
      realms.us.execute(
          "SET lock_timeout = '200ms'; UPDATE comment SET body = 'x' WHERE note_id IN"
              + " (SELECT id FROM note WHERE client_key = 'tenant-b')");
      assertThat(realms.migrator().commit(neighbour, NONE).state())
          .isEqualTo(MigrationState.COMMITTED);
      assertThat(commit).isNotDone();
      connection.commit();
    }
    assertThat(commit.get(60, TimeUnit.SECONDS).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
    assertThat(rows(realms.eu, NEIGHBOUR)).isEqualTo(rows(realms.us, NEIGHBOUR));
  }

  /** Writers that wait for each other's rows while one of them queues behind the freeze. */
  @Test
  void aFreezeGivesWayToWritersThatWaitForEachOther() throws Exception {
    TwoRealms realms = copied();
    CompletableFuture<Migration> commit;
    try (Connection first = realms.us.connect();
        Statement one = first.createStatement();
        Connection second = realms.us.connect();
        Statement two = second.createStatement()) {
      first.setAutoCommit(false);
      second.setAutoCommit(false);
      one.execute("UPDATE board SET settings = '{}' WHERE client_key = 'tenant-a'");
      commit = CompletableFuture.supplyAsync(() -> patient(realms).commit(TENANT, NONE));
      awaitWaiter(realms.us);
      // The second has the row and queues at the fence behind the freeze; the first wants the row.
      CompletableFuture<String> queued =
          CompletableFuture.supplyAsync(
              () -> execute(two, "UPDATE atlassian_host SET product_type = 'x'; COMMIT"));
      awaitWaiters(realms.us, 2);
      one.execute("SET lock_timeout = '20s'; UPDATE atlassian_host SET addon_installed = false");
      first.commit();
      assertThat(queued.get(30, TimeUnit.SECONDS)).isEqualTo("done");
    }
    assertThat(commit.get(60, TimeUnit.SECONDS).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  @Test
  void aChunkThatIsMissingStopsTheCommit() {
    TwoRealms realms = copied();
    realms.eu.execute(
        "DELETE FROM domicile.copy_checkpoint WHERE table_name = 'public.comment' AND chunk = 0");

    assertThatThrownBy(() -> realms.migrator().commit(TENANT, NONE))
        .isInstanceOf(VerificationFailed.class);
    realms.us.execute(SERVED);
  }

  /** A server's own limits for idle or long transactions must not end a switch halfway. */
  @Test
  void theServersTimeoutsDoNotEndASwitch() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 1; ALTER DATABASE"
              + " %I SET idle_in_transaction_session_timeout = 1; ALTER DATABASE %I SET"
              + " lock_timeout = 1', current_database(), current_database(), current_database());"
              + " END $$");
    }
    realms.schedule();
    realms.migrator().start(TENANT, NONE);

    assertThat(realms.migrator().commit(TENANT, NONE).state()).isEqualTo(MigrationState.COMMITTED);
  }

  /**
   * A key of several columns is compared as a whole; a unique column that may be null is no key.
   */
  @Test
  void changedRowsAreFoundByAllColumnsOfTheirKey() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          "CREATE TABLE seat (client_key text, line int, number text, mark text UNIQUE, guest text,"
              + " PRIMARY KEY (line, number, client_key))");
    }
    realms.us.execute(
        "INSERT INTO seat SELECT t, l, n, NULL, 'nobody' FROM unnest(ARRAY['tenant-a', 'tenant-b'])"
            + " t, generate_series(1, 3) l, unnest(ARRAY['1', '10', '2', ',', '{\"', 'NULL', ''])"
            + " n");
    realms.copied();
    realms.us.execute(
        "UPDATE seat SET guest = 'me' WHERE line = 2 AND number IN ('1', ',', '{\"', 'NULL', '');"
            + "UPDATE seat SET number = number || 'x', mark = 'm' || client_key WHERE line = 3 AND"
            + " number = '2'; DELETE FROM seat WHERE line = 1 AND number = '10'");

    realms.migrator().commit(TENANT, NONE);

    String own = "SELECT s::text FROM seat s WHERE client_key = 'tenant-a' ORDER BY 1";
    assertThat(realms.eu.list(own)).isEqualTo(realms.us.list(own)).hasSize(20);
  }

  @Test
  void aCommitThatComesTwiceAtOnceHappensOnce() throws Exception {
    TwoRealms realms = copied();
    CompletableFuture<Boolean> one = CompletableFuture.supplyAsync(() -> commits(realms));
    CompletableFuture<Boolean> other = CompletableFuture.supplyAsync(() -> commits(realms));
    one.get(60, TimeUnit.SECONDS);
    other.get(60, TimeUnit.SECONDS);

    Migration committed = realms.migrator().commit(TENANT, NONE);

    assertThat(committed.state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().epoch()).isEqualTo(2);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
    realms.eu.execute(SERVED);
  }

  @Test
  void aRollbackDuringTheCutoverLeavesTheTenantAtTheSource() throws Exception {
    TwoRealms realms = copied();
    CompletableFuture<Boolean> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(SERVED);
      commit = CompletableFuture.supplyAsync(() -> commits(realms));
      awaitWaiter(realms.us);
      assertThat(realms.migrator().rollback(TENANT, NONE).state())
          .isEqualTo(MigrationState.ROLLED_BACK);
      connection.commit();
    }
    assertThat(commit.get(60, TimeUnit.SECONDS)).isFalse();
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    realms.us.execute("UPDATE board SET settings = '{}' WHERE name = 'served'");
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  @Test
  void aStartDuringARollbackIsRefused() {
    TwoRealms realms = copied();
    realms.control.execute(
        "UPDATE domicile.migration SET state = 'ROLLING_BACK', epoch = epoch + 1");

    assertThatThrownBy(() -> realms.migrator().start(TENANT, NONE))
        .isInstanceOf(MigrationException.WrongState.class);
    assertThat(realms.migrator().recover(Duration.ZERO))
        .singleElement()
        .satisfies(m -> assertThat(m.state()).isEqualTo(MigrationState.ROLLED_BACK));
  }

  /** The copy was ready in time; what was written since is noted, however long ago that is. */
  @Test
  void aCommitAfterTheWindowTakesEverythingAlong() {
    TwoRealms realms = copied();
    realms.us.execute(SERVED);
    Migration ready = realms.migrator().migration(TENANT);
    Migrator late =
        new Migrator(realms.smallChunks(), "test", () -> ready.windowEnd().plusSeconds(3600));

    assertThat(late.commit(TENANT, NONE).state()).isEqualTo(MigrationState.COMMITTED);

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  /** The flip went through, and the process died before it opened the target. */
  @Test
  void aCommitThatDiedAfterTheFlipIsFinishedByWhoeverComesNext() {
    for (boolean recover : List.of(true, false)) {
      TwoRealms realms = copied();
      realms.eu.execute("ALTER TABLE domicile.fence ADD CONSTRAINT trap CHECK (state <> 'OPEN')");
      assertThatThrownBy(() -> realms.migrator().commit(TENANT, NONE))
          .isInstanceOf(RuntimeException.class);
      realms.eu.execute("ALTER TABLE domicile.fence DROP CONSTRAINT trap");
      assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(EU);
      for (Database realm : List.of(realms.us, realms.eu)) {
        assertThatThrownBy(() -> realm.execute(SERVED))
            .hasStackTraceContaining("takes no more writes");
      }

      if (recover) {
        assertThat(realms.migrator().recover(Duration.ZERO)).hasSize(1);
      } else {
        realms.migrator().commit(TENANT, NONE);
      }

      realms.eu.execute(SERVED);
      assertThatThrownBy(() -> realms.us.execute(SERVED))
          .hasStackTraceContaining("takes no more writes");
      assertThat(realms.migrator().recover(Duration.ZERO)).isEmpty();
    }
  }

  /** The freeze stands, and the process died; or it died on the way back. */
  @Test
  void whatDiedFrozenIsGoneOnWith() {
    TwoRealms realms = copied();
    realms.us.execute("UPDATE domicile.fence SET state = 'FROZEN'");
    realms.control.execute("UPDATE domicile.migration SET state = 'COMMITTING', epoch = epoch + 1");
    realms.migrator().recover(Duration.ZERO);
    assertThat(realms.migrator().migration(TENANT).state()).isEqualTo(MigrationState.COMMITTED);
    realms.eu.execute(SERVED);

    realms.eu.execute(
        "UPDATE domicile.fence SET state = 'FROZEN', capture_until = NULL WHERE side = 'TARGET'");
    realms.control.execute("UPDATE domicile.migration SET state = 'RETURNING', epoch = epoch + 1");
    realms.migrator().recover(Duration.ZERO);

    assertThat(realms.migrator().migration(TENANT).state()).isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(realms.us.list("SELECT name FROM board WHERE client_key = 'tenant-a'"))
        .contains("served");
    realms.us.execute("UPDATE board SET settings = '{}' WHERE name = 'served'");
  }

  private TwoRealms copied() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    return realms;
  }

  private static boolean commits(TwoRealms realms) {
    try {
      realms.migrator().commit(TENANT, NONE);
      return true;
    } catch (MigrationException e) {
      return false;
    }
  }

  private static String execute(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return "done";
    } catch (SQLException e) {
      return e.toString();
    }
  }

  private static void awaitWaiter(Database database) throws InterruptedException {
    awaitWaiters(database, 1);
  }

  private static void awaitWaiters(Database database, int count) throws InterruptedException {
    Instant deadline = Instant.now().plusSeconds(60);
    while (database.number(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        < count) {
      assertThat(Instant.now()).as("until when somebody waits").isBefore(deadline);
      Thread.sleep(2);
    }
  }

  private static Migrator hasty(TwoRealms realms) {
    return withBudget(realms, Duration.ofMillis(200), 1);
  }

  private static Migrator patient(TwoRealms realms) {
    return withBudget(realms, Duration.ofSeconds(30), 2);
  }

  private static Migrator withBudget(TwoRealms realms, Duration budget, int attempts) {
    return new Migrator(
        realms
            .smallChunks()
            .withCutover(new CutoverSettings(budget, attempts, Duration.ofHours(1))),
        "test");
  }

  private static Migration at(Migration migration, long epoch) {
    return new Migration(
        migration.id(),
        migration.tenant(),
        migration.source(),
        migration.target(),
        migration.state(),
        epoch,
        migration.routeEpoch(),
        migration.windowStart(),
        migration.windowEnd(),
        migration.error(),
        migration.committedAt(),
        migration.openedAt(),
        migration.copies());
  }
}
