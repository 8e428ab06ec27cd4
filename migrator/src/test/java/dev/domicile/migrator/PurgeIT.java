package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A purge deletes the old copy, and nothing that is not exactly that. */
final class PurgeIT {
  private static final Realm AU = new Realm("AU");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void leavesTheTenantAloneThatCameBackWhileThePurgeSlept() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 100);
    realms.committed();
    Migrator sleeper = impatient(realms.smallChunks());
    Migrator other = impatient(realms.smallChunks());
    AtomicBoolean asleep = new AtomicBoolean();

    assertThatThrownBy(
            () ->
                sleeper.purge(
                    TENANT,
                    progress -> {
                      if (progress.chunks() == 1 && asleep.compareAndSet(false, true)) {
                        other.purge(TENANT, Progress.Listener.NONE);
                        move(other, US);
                      }
                    }))
        .isInstanceOf(MigrationException.TakenOver.class)
        .hasMessageContaining("the fence of");

    assertThat(asleep).isTrue();
    assertThat(other.routes().find(TENANT).orElseThrow().realm()).isEqualTo(US);
    assertThat(rows(realms.us, TENANT.clientKey()))
        .isEqualTo(rows(realms.eu, TENANT.clientKey()))
        .isNotEmpty();
  }

  @Test
  void leavesTheLiveCopyAloneIfTheSourceIsConfiguredAsTheTarget() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    List<String> live = rows(realms.eu, TENANT.clientKey());
    MigratorConfig config = realms.smallChunks();
    MigratorConfig mistaken =
        config
            .withRealms(Map.of(US, TwoRealms.config(realms.eu), EU, TwoRealms.config(realms.eu)))
            .withRetention(Duration.ZERO);

    assertThatThrownBy(() -> new Migrator(mistaken, "test").purge(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.class)
        .hasMessageContaining("realms.US.url");

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(live);
  }

  @Test
  void stopsBeforeRowsOfOthersThatWouldGoAlong() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          "CREATE TABLE link (id int PRIMARY KEY, client_key text NOT NULL,"
              + " note_id bigint REFERENCES note ON DELETE CASCADE)");
    }
    realms.us.execute(
        "INSERT INTO link SELECT 1, 'tenant-b', min(id) FROM note WHERE client_key = 'tenant-a'");
    realms.committed();
    List<String> old = rows(realms.us, TENANT.clientKey());
    Migrator migrator = impatient(realms.smallChunks());

    assertThatThrownBy(() -> migrator.purge(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.WrongState.class)
        .hasMessageContaining("public.link")
        .hasMessageContaining("point them elsewhere");
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(old);

    realms.us.execute("UPDATE link SET note_id = NULL");
    migrator.purge(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
    assertThat(realms.us.number("SELECT count(*) FROM link")).isEqualTo(1);
    assertThat(rows(realms.us, NEIGHBOUR)).isNotEmpty();
  }

  @Test
  void findsEveryOldCopyOfATenantThatMovedTwice() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Database au = databases.create("au");
    SampleApp.create(au, 1, 2);
    Migrator migrator = impatient(withThird(realms, au));
    migrator.init(false);
    List<String> rows = rows(realms.us, TENANT.clientKey());
    move(migrator, EU);
    move(migrator, AU);

    migrator.purge(TENANT, Progress.Listener.NONE);

    assertThat(rows(au, TENANT.clientKey())).isEqualTo(rows);
    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  @Test
  void purgesWhatIsDueAndKeepsTheRest() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    Database au = databases.create("au");
    SampleApp.create(au, 1, 2);
    Migrator migrator = new Migrator(withThird(realms, au), "test");
    migrator.init(false);
    move(migrator, EU);
    move(migrator, AU);
    assertThatThrownBy(() -> migrator.purge(TENANT, Progress.Listener.NONE))
        .hasMessageContaining("is kept until");
    assertThatThrownBy(() -> migrator.forget(migrator.routes().find(TENANT).orElseThrow()))
        .hasMessageContaining("has an old copy");
    realms.control.execute(
        "UPDATE domicile.migration SET committed_at = now() - interval '31 days'"
            + " WHERE target_realm = 'EU'");

    migrator.purge(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.eu, TENANT.clientKey())).isNotEmpty();
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.copy_chunk"))
        .as("bounds are values of rows")
        .isZero();
  }

  @Test
  void comesBackThoughAFenceWasLeftFromThePurge() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    Migrator migrator = impatient(realms.smallChunks());
    realms.us.execute(
        "CREATE TABLE keep AS SELECT pg_get_triggerdef(oid) AS sql FROM pg_trigger WHERE tgname"
            + " LIKE 'domicile_fence%'; CREATE TABLE keep_function AS SELECT"
            + " pg_get_functiondef(oid) AS sql FROM pg_proc WHERE proname LIKE"
            + " 'fence\\_%\\_table\\_%'");
    migrator.purge(TENANT, Progress.Listener.NONE);
    realms.us.execute(
        """
        CREATE SEQUENCE domicile.fence_1_moves;
        UPDATE domicile.fence SET state = 'CLOSED';
        DO $$ DECLARE s text; BEGIN
          FOR s IN SELECT sql FROM keep_function UNION ALL SELECT sql FROM keep LOOP EXECUTE s; END LOOP;
        END $$;
        DROP TABLE keep, keep_function
        """);
    assertThatThrownBy(
            () ->
                realms.us.execute(
                    "INSERT INTO atlassian_host SELECT 'tenant-a', base_url, product_type, true,"
                        + " now() FROM atlassian_host LIMIT 1"))
        .hasStackTraceContaining("takes no more writes");

    move(migrator, US);

    assertThat(rows(realms.us, TENANT.clientKey())).isNotEmpty();
  }

  @Test
  void purgesTablesThatReferToEachOtherInACircle() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          """
          CREATE TABLE egg (id int PRIMARY KEY, client_key text, hen int);
          CREATE TABLE hen (id int PRIMARY KEY, client_key text, egg int REFERENCES egg);
          ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen
          """);
    }
    realms.us.execute(
        "INSERT INTO egg VALUES (1, 'tenant-a', NULL); INSERT INTO hen VALUES (1, 'tenant-a', 1);"
            + "UPDATE egg SET hen = 1");
    MigratorConfig config = realms.smallChunks();
    Migrator migrator =
        impatient(
            new MigratorConfig(
                config.control(),
                Map.of(
                    US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                    EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))),
                config.tables()));
    move(migrator, EU);

    migrator.purge(TENANT, Progress.Listener.NONE);

    assertThat(realms.us.number("SELECT count(*) FROM hen")).isZero();
    assertThat(realms.eu.number("SELECT count(*) FROM hen JOIN egg ON egg.hen = hen.id")).isOne();
  }

  @Test
  void neverCallsAPurgeDoneWhoseChunksAreLost() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    List<String> old = rows(realms.us, TENANT.clientKey());
    realms.eu.execute("DELETE FROM domicile.copy_checkpoint; DELETE FROM domicile.copy_chunk");
    Migrator migrator = impatient(realms.smallChunks());

    assertThatThrownBy(() -> migrator.purge(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.VerificationFailed.class);

    assertThat(migrator.migration(TENANT).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(old);
  }

  private static MigratorConfig withThird(TwoRealms realms, Database au) {
    MigratorConfig config = realms.smallChunks();
    return new MigratorConfig(
        config.control(),
        Map.of(
            US, TwoRealms.config(realms.us),
            EU, TwoRealms.config(realms.eu),
            AU, TwoRealms.config(au)),
        config.tables());
  }

  private static void move(Migrator migrator, Realm target) {
    migrator.schedule(TENANT, target, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, Progress.Listener.NONE);
    migrator.commit(TENANT, Progress.Listener.NONE);
  }

  private static Migrator impatient(MigratorConfig config) {
    return new Migrator(config.withRetention(Duration.ZERO), "test");
  }
}
