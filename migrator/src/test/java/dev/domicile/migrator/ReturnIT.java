package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A commit is taken back as long as its soak lasts, and nothing that was written is lost. */
final class ReturnIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;
  private static final String GATES =
      "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'domicile_fence%'";
  private static final String SERVED =
      "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'served')";

  // Refused by the fence and by nothing else where the tenant has no rows.
  private static final String ARRIVES =
      "INSERT INTO atlassian_host (client_key, base_url, created_date)"
          + " VALUES ('tenant-a', '', now())";

  /** What the tenant does in its new home. */
  private static final String LIFE =
      """
      INSERT INTO board (client_key, name) VALUES ('tenant-a', 'soak'), ('tenant-c', 'soak');
      INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
      SELECT 'tenant-a', id, 'soak', 'open', '{}', 1, now() FROM board WHERE name = 'soak'
        AND client_key = 'tenant-a';
      INSERT INTO comment (note_id, author, body, created_at)
      SELECT id, gen_random_uuid(), 'soak', now() FROM note WHERE title = 'soak';
      UPDATE note SET body = NULL, status = 'done' WHERE id % 7 = 0;
      UPDATE comment SET parent_id = NULL;
      DELETE FROM note_label WHERE note_id IN (SELECT min(id) FROM note GROUP BY client_key);
      DELETE FROM attachment WHERE note_id IN (SELECT min(id) FROM note GROUP BY client_key);
      DELETE FROM note WHERE id IN (SELECT min(id) FROM note GROUP BY client_key);
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bringsHomeWhatTheTenantHasWrittenSince(boolean superuser) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 100);
    Migrator migrator =
        new Migrator(superuser ? asSuperuser(realms) : realms.smallChunks(), "test");
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    move(migrator, EU);
    realms.eu.execute(LIFE);
    List<String> now = rows(realms.eu, TENANT.clientKey());
    List<String> resident = rows(realms.eu, RESIDENT);
    assertThat(now).isNotEqualTo(rows(realms.us, TENANT.clientKey()));

    Migration back = migrator.rollback(TENANT, NONE);

    assertThat(back.state()).isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(migrator.routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(now);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    assertThat(realms.us.number(GATES)).isZero();
    // A node may still have the route that was taken back.
    assertThatThrownBy(
            () ->
                realms.eu.execute(
                    "INSERT INTO atlassian_host SELECT 'tenant-a', base_url, product_type, true,"
                        + " now() FROM atlassian_host LIMIT 1"))
        .hasStackTraceContaining("takes no more writes");
    for (Database realm : List.of(realms.us, realms.eu)) {
      assertThat(realm.number("SELECT count(*) FROM domicile.change_log")).isZero();
    }
    // The home takes writes, with ids past those that were given away elsewhere.
    realms.us.execute(SERVED);
    assertThat(realms.us.number("SELECT id FROM board WHERE name = 'served'"))
        .isGreaterThan(realms.us.number("SELECT id FROM board WHERE name = 'soak'"));
    // Twice over without harm, and the way is free again.
    assertThat(migrator.rollback(TENANT, NONE).state()).isEqualTo(MigrationState.ROLLED_BACK);
    List<String> home = rows(realms.us, TENANT.clientKey());
    move(migrator, EU);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(home);
  }

  @Test
  void isFinalWhenTheSoakIsOver() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    realms.eu.execute(
        "UPDATE domicile.fence SET capture_until = clock_timestamp() - interval '1 second'");
    realms.eu.execute(SERVED);

    assertThatThrownBy(() -> realms.migrator().rollback(TENANT, NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("final")
        .hasMessageContaining("is over");
    assertThat(realms.migrator().migration(TENANT).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(realms.migrator().routes().find(TENANT).orElseThrow().realm()).isEqualTo(EU);
    realms.eu.execute("DELETE FROM board WHERE name = 'served'");
  }

  @Test
  void isFinalAtOnceWithoutASoak() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Migrator migrator =
        new Migrator(
            realms.smallChunks().withCutover(CutoverSettings.DEFAULT.withSoak(Duration.ZERO)),
            "test");
    move(migrator, EU);

    assertThat(realms.eu.number(GATES)).isZero();
    realms.eu.execute(SERVED);
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.change_log")).isZero();
    assertThatThrownBy(() -> migrator.rollback(TENANT, NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("final");
  }

  @Test
  void stopsNotingWhenTheSoakIsOver() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    realms.eu.execute(SERVED);
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.change_log")).isEqualTo(1);
    realms.eu.execute(
        "UPDATE domicile.fence SET capture_until = clock_timestamp() - interval '2 minutes'");

    realms.eu.execute("UPDATE board SET settings = '{}' WHERE client_key = 'tenant-a'");

    assertThat(realms.eu.number("SELECT count(*) FROM domicile.change_log")).isEqualTo(1);
  }

  @Test
  void isFinalWhenThePurgeHasBegun() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    realms.us.execute(
        "ALTER TABLE note_label ADD CHECK (true); CREATE FUNCTION trap() RETURNS trigger LANGUAGE"
            + " plpgsql AS $$ BEGIN RAISE 'trap'; END $$; CREATE TRIGGER trap BEFORE DELETE ON note"
            + " FOR EACH ROW EXECUTE FUNCTION trap()");
    Migrator impatient = new Migrator(realms.smallChunks().withRetention(Duration.ZERO), "test");
    assertThatThrownBy(() -> impatient.purge(TENANT, NONE)).isInstanceOf(RuntimeException.class);

    assertThatThrownBy(() -> impatient.rollback(TENANT, NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("final");
    realms.eu.execute(SERVED);
    realms.us.execute("DROP TRIGGER trap ON note");
    assertThat(impatient.purge(TENANT, NONE).state()).isEqualTo(MigrationState.PURGED);
    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
  }

  @Test
  void leavesTheTenantWhereItIsIfItCannotBeFrozen() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    Migrator hasty =
        new Migrator(
            realms
                .smallChunks()
                .withCutover(new CutoverSettings(Duration.ofMillis(200), 1, Duration.ofHours(1))),
            "test");
    try (Connection connection = realms.eu.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(SERVED);

      assertThatThrownBy(() -> hasty.rollback(TENANT, NONE))
          .isInstanceOf(MigrationException.CutoverTimedOut.class);
      connection.commit();
    }
    assertThat(hasty.migration(TENANT).state()).isEqualTo(MigrationState.COMMITTED);
    realms.eu.execute("UPDATE board SET settings = '{}' WHERE name = 'served'");

    realms.migrator().rollback(TENANT, NONE);

    assertThat(realms.us.list("SELECT name FROM board WHERE client_key = 'tenant-a'"))
        .contains("served");
  }

  @Test
  void aRouteThatWasChangedMeanwhileStaysAsItIs() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    realms.control.execute(
        "UPDATE domicile.route SET epoch = epoch + 1 WHERE client_key = 'tenant-a'");

    assertThatThrownBy(() -> realms.migrator().rollback(TENANT, NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("was changed since");

    assertThat(realms.migrator().migration(TENANT).state()).isEqualTo(MigrationState.COMMITTED);
    realms.eu.execute(SERVED);
    assertThat(rows(realms.eu, TENANT.clientKey())).isNotEmpty();
  }

  @Test
  void aSecondMoveEndsTheSoakOfTheFirst() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Realm au = new Realm("AU");
    Database third = databases.create("au");
    SampleApp.create(third, 1, 2);
    Migrator migrator =
        new Migrator(
            realms
                .smallChunks()
                .withRealms(
                    Map.of(
                        US, TwoRealms.config(realms.us),
                        EU, TwoRealms.config(realms.eu),
                        au, TwoRealms.config(third))),
            "test");
    migrator.init(false);
    move(migrator, EU);
    realms.eu.execute(SERVED);
    move(migrator, au);
    third.execute("UPDATE board SET name = 'third' WHERE name = 'served'");
    List<String> rows = rows(third, TENANT.clientKey());

    migrator.rollback(TENANT, NONE);

    assertThat(migrator.routes().find(TENANT).orElseThrow().realm()).isEqualTo(EU);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows);
    assertThat(rows(third, TENANT.clientKey())).isEmpty();
    assertThat(realms.eu.number(GATES)).as("none of either move").isZero();
    assertThatThrownBy(() -> realms.us.execute(SERVED))
        .hasStackTraceContaining("takes no more writes");
  }

  /** A node that still has the route to the target finds a fence there at every moment. */
  @Test
  void theNextMovesFenceStandsBeforeTheLastOnesGoesDown() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    realms.migrator().rollback(TENANT, NONE);
    long next = realms.schedule().id();
    realms.eu.execute(
        "ALTER TABLE domicile.fence ADD CONSTRAINT trap CHECK (migration_id <> " + next + ")");

    assertThatThrownBy(() -> realms.migrator().start(TENANT, NONE))
        .isInstanceOf(MigrationException.class);
    assertThatThrownBy(() -> realms.eu.execute(ARRIVES))
        .hasStackTraceContaining("takes no more writes");
    realms.eu.execute("ALTER TABLE domicile.fence DROP CONSTRAINT trap");
    realms.migrator().start(TENANT, NONE);

    assertThatThrownBy(() -> realms.eu.execute(SERVED))
        .hasStackTraceContaining("takes no more writes");
    assertThat(
            realms.eu.list(
                "SELECT DISTINCT split_part(tgname, '_', 3) FROM pg_trigger"
                    + " WHERE tgname LIKE 'domicile_fence%'"))
        .containsExactly(String.valueOf(next));
  }

  /** Nobody has to ask for it: who looks after half-done migrations does it, or a purge. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theFenceAtTheTargetGoesDownAfterTheRetention(boolean purge) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    realms.migrator().rollback(TENANT, NONE);
    realms.migrator().recover(Duration.ZERO);
    assertThatThrownBy(() -> realms.eu.execute(ARRIVES))
        .hasStackTraceContaining("takes no more writes");
    Migrator later =
        new Migrator(
            realms.smallChunks(), "test", () -> Instant.now().plus(realms.config().retention()));

    if (purge) {
      assertThat(later.purge(TENANT, NONE).state()).isEqualTo(MigrationState.ROLLED_BACK);
    } else {
      later.recover(Duration.ZERO);
    }

    assertThat(realms.eu.number(GATES)).isZero();
    realms.eu.execute(ARRIVES);
    assertThat(
            realms.control.number(
                "SELECT count(*) FROM domicile.migration_event WHERE detail ? 'fencesDown'"))
        .isOne();
    later.recover(Duration.ZERO);
    assertThat(
            realms.control.number(
                "SELECT count(*) FROM domicile.migration_event WHERE detail ? 'fencesDown'"))
        .isOne();
  }

  @Test
  void takesBackARouteBetweenRealmsOfOneDatabase() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Realm de = new Realm("DE");
    Migrator migrator =
        new Migrator(
            realms
                .smallChunks()
                .withRealms(
                    Map.of(US, TwoRealms.config(realms.us), de, TwoRealms.config(realms.us))),
            "test");
    move(migrator, de);
    realms.us.execute(SERVED);
    List<String> all = SampleApp.everything(realms.us);

    assertThat(migrator.rollback(TENANT, NONE).state()).isEqualTo(MigrationState.ROLLED_BACK);

    assertThat(migrator.routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    assertThat(SampleApp.everything(realms.us)).isEqualTo(all);
  }

  @Test
  void waitsForAWriterInFlightInTheNewHome() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    CompletableFuture<Migration> rollback;
    try (Connection connection = realms.eu.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(SERVED);
      rollback = CompletableFuture.supplyAsync(() -> realms.migrator().rollback(TENANT, NONE));
      while (realms.eu.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
        Thread.sleep(5);
      }
      connection.commit();
    }
    assertThat(rollback.get(60, TimeUnit.SECONDS).state()).isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(realms.us.list("SELECT name FROM board WHERE client_key = 'tenant-a'"))
        .contains("served");
  }

  private static void move(Migrator migrator, Realm target) {
    migrator.schedule(TENANT, target, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, NONE);
    migrator.commit(TENANT, NONE);
  }

  private static MigratorConfig asSuperuser(TwoRealms realms) {
    return realms
        .smallChunks()
        .withRealms(
            Map.of(
                US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))));
  }
}
