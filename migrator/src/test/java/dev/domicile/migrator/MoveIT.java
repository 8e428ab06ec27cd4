package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MoveIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  /** A superuser's copy switches the foreign-key triggers off, an ordinary role's cannot. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void movesEveryRowOfTheTenantAndTouchesNobodyElses(boolean superuser) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 300);
    List<String> before = rows(realms.us, TENANT.clientKey());
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    List<String> resident = rows(realms.eu, RESIDENT);
    assertThat(before).hasSizeGreaterThan(1000);
    Migrator migrator = superuser ? superuserMigrator(realms) : realms.migrator();

    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    Migration ready = migrator.start(TENANT, Progress.Listener.NONE);
    assertThat(ready.state()).isEqualTo(MigrationState.READY_TO_COMMIT);
    assertThat(migrator.routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    Migration committed = migrator.commit(TENANT, Progress.Listener.NONE);

    assertThat(committed.state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(migrator.routes().find(TENANT).orElseThrow().realm()).isEqualTo(EU);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(before);
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    assertThat(migrator.report(TENANT).rows()).isEqualTo(before.size());
    assertThat(migrator.report(TENANT).chunks()).isGreaterThan(10);
  }

  @Test
  void handsOutNewIdsPastTheCopiedOnesAndStillDisjointFromTheOtherRealm() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 50);
    realms.us.execute("ALTER TABLE board ALTER id RESTART WITH 100001");
    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'far away')");

    realms.committed();

    realms.eu.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'new')");
    long id = realms.eu.number("SELECT id FROM board WHERE name = 'new'");
    assertThat(id).isGreaterThan(100001);
    assertThat(id % 2).as("EU hands out even ids").isZero();
  }

  @Test
  void rollsBackToATargetThatIsByteForByteTheSame() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 200);
    List<String> eu = SampleApp.everything(realms.eu);
    List<String> us = SampleApp.everything(realms.us);

    realms.copied();
    assertThat(SampleApp.everything(realms.eu)).isNotEqualTo(eu);
    Migration rolledBack = realms.migrator().rollback(TENANT, Progress.Listener.NONE);

    assertThat(rolledBack.state()).isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(eu);
    assertThat(SampleApp.everything(realms.us)).isEqualTo(us);
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.copy_chunk")).isZero();
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    // Twice over without harm, and the way is free for another try.
    assertThat(realms.migrator().rollback(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(realms.committed().state()).isEqualTo(MigrationState.COMMITTED);
  }

  @Test
  void rollsBackACopyThatStoppedHalfway() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 200);
    List<String> eu = SampleApp.everything(realms.eu);
    realms.eu.execute("ALTER TABLE comment ADD CHECK (body NOT LIKE 'Second%') NOT VALID");

    realms.schedule();
    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.StatementFailed.class)
        .hasMessageContaining("comment")
        .hasMessageNotContaining("Second answer");
    assertThat(realms.migrator().migration(TENANT).state()).isEqualTo(MigrationState.FAILED);
    assertThat(SampleApp.everything(realms.eu)).isNotEqualTo(eu);

    realms.migrator().rollback(TENANT, Progress.Listener.NONE);
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(eu);
  }

  @Test
  void goesOnAfterAFailureWithoutCopyingAChunkTwice() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 200);
    List<String> before = rows(realms.us, TENANT.clientKey());
    realms.eu.execute(
        "ALTER TABLE comment ADD CONSTRAINT trap CHECK (body NOT LIKE 'Second%') NOT VALID");
    realms.schedule();
    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.class);
    String checkpoints =
        "SELECT table_name || chunk || copied_at FROM domicile.copy_checkpoint ORDER BY copied_at";
    List<String> first = realms.eu.list(checkpoints);
    assertThat(first).isNotEmpty();

    realms.eu.execute("ALTER TABLE comment DROP CONSTRAINT trap");
    Migration ready = realms.migrator().start(TENANT, Progress.Listener.NONE);

    assertThat(ready.state()).isEqualTo(MigrationState.READY_TO_COMMIT);
    assertThat(realms.eu.list(checkpoints)).containsAll(first).hasSizeGreaterThan(first.size());
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(before);
  }

  @Test
  void takesAlongWhatWasWrittenBetweenTheCopyAndTheCommit() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 200);
    List<String> resident = rows(realms.eu, RESIDENT);
    realms.copied();
    realms.us.execute(
        """
        INSERT INTO board (client_key, name) VALUES ('tenant-a', 'late'), ('tenant-b', 'late');
        INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
        SELECT 'tenant-a', id, 'late', 'open', '{}', 1, now() FROM board WHERE name = 'late'
          AND client_key = 'tenant-a';
        INSERT INTO comment (note_id, author, body, created_at)
        SELECT id, gen_random_uuid(), 'late', now() FROM note WHERE title = 'late';
        UPDATE note SET body = NULL, status = 'done' WHERE client_key = 'tenant-a' AND id % 7 = 0;
        UPDATE comment SET parent_id = NULL;
        DELETE FROM note_label WHERE note_id IN (SELECT min(id) FROM note GROUP BY client_key);
        DELETE FROM attachment WHERE note_id IN (SELECT min(id) FROM note GROUP BY client_key);
        DELETE FROM note WHERE id IN (SELECT min(id) FROM note GROUP BY client_key);
        """);
    List<String> now = rows(realms.us, TENANT.clientKey());
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    assertThat(realms.migrator().verify(TENANT, 10, Progress.Listener.NONE).clean()).isFalse();

    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(now);
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
  }

  @Test
  void purgesTheOldCopyAfterTheRetentionAndNothingElse() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 200);
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    realms.committed();
    List<String> moved = rows(realms.eu, TENANT.clientKey());
    assertThatThrownBy(() -> realms.migrator().purge(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("is kept until");
    Migrator impatient = new Migrator(realms.smallChunks().withRetention(Duration.ZERO), "test");

    assertThat(impatient.purge(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.PURGED);

    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(moved);
    assertThat(
            realms.us.number("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'domicile_fence%'"))
        .isZero();
    // And home again.
    impatient.schedule(TENANT, US, Instant.now(), Instant.now().plusSeconds(3600));
    impatient.start(TENANT, Progress.Listener.NONE);
    impatient.commit(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(moved);
  }

  @Test
  void neverPurgesTheRealmThatTheRoutePointsTo() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    List<String> old = rows(realms.us, TENANT.clientKey());
    realms.control.execute(
        "UPDATE domicile.route SET realm = 'US', epoch = epoch + 1 WHERE client_key = 'tenant-a'");
    Migrator impatient = new Migrator(realms.smallChunks().withRetention(Duration.ZERO), "test");

    assertThatThrownBy(() -> impatient.purge(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("never purged");
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(old);
  }

  @Test
  void doesNotFlipARouteThatWasChangedMeanwhile() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.copied();
    realms.control.execute(
        "UPDATE domicile.route SET epoch = epoch + 1 WHERE client_key = 'tenant-a'");

    assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("was changed since");

    assertThat(realms.migrator().migration(TENANT).state())
        .isEqualTo(MigrationState.READY_TO_COMMIT);
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    realms.us.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'not fenced')");
  }

  @Test
  void refusesToGoOnWithTablesThatHaveChanged() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.schedule();
    realms.eu.execute("ALTER TABLE note_label ADD CONSTRAINT trap CHECK (false) NOT VALID");
    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.StatementFailed.class);
    realms.us.execute("ALTER TABLE board ADD note text");
    realms.eu.execute("ALTER TABLE board ADD note text");

    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("have changed since")
        .hasMessageContaining("public.board column note is new");
  }

  @Test
  void stopsWhenTheWindowHasClosed() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Migration scheduled = realms.schedule();
    Migrator late =
        new Migrator(realms.smallChunks(), "test", () -> scheduled.windowEnd().plusSeconds(1));

    assertThatThrownBy(() -> late.start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WindowClosed.class);
    assertThat(late.migration(TENANT).state()).isEqualTo(MigrationState.FAILED);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  @Test
  void keepsATraceOfEveryChangeOfState() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();

    assertThat(
            realms.control.list(
                "SELECT to_state || ' by ' || actor FROM domicile.migration_event ORDER BY id"))
        .containsExactly(
            "SCHEDULED by test",
            "COPYING by test",
            "CATCHING_UP by test",
            "READY_TO_COMMIT by test",
            "COMMITTING by test",
            "COMMITTED by test");
  }

  private static Migrator superuserMigrator(TwoRealms realms) {
    MigratorConfig config = realms.smallChunks();
    return new Migrator(
        config.withRealms(
            Map.of(
                US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu)))),
        "test");
  }
}
