package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Promise P3, against a target server that loses its power in the middle of the copy. */
final class ServerCrashIT {
  private static final int CRASHES = 3;

  private static final String CIRCLE =
      """
      CREATE TABLE team (id int PRIMARY KEY, client_key text NOT NULL, lead int);
      CREATE TABLE person (id int PRIMARY KEY, client_key text NOT NULL, team int NOT NULL REFERENCES team);
      ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES person;
      CREATE INDEX ON team (client_key, id); CREATE INDEX ON person (client_key, id);
      """;
  private static final String CIRCLE_ROWS =
      """
      INSERT INTO team SELECT i, 'tenant-a' FROM generate_series(1, 200) AS i;
      INSERT INTO person SELECT id, client_key, id FROM team;
      UPDATE team SET lead = id;
      """;
  // So that there is a crash before the last one, and each statement counts.
  private static final String SLOW =
      """
      CREATE SEQUENCE fillings;
      CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM nextval('public.fillings'), pg_sleep(0.05); RETURN NULL; END $$;
      CREATE TRIGGER slow BEFORE UPDATE ON team FOR EACH STATEMENT EXECUTE FUNCTION slow();
      """;
  private static final String FILLED = "SELECT count(*) FROM domicile.late_checkpoint";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void everyRowArrivesOnceThoughTheTargetCrashes() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 1500);
    List<String> before = rows(realms.us, TENANT.clientKey());
    try (EmbeddedServer server = EmbeddedServer.startDurable()) {
      assertThat(server.admin().list("SHOW fsync")).containsExactly("on");
      Database eu = server.createDatabase("eu");
      SampleApp.create(eu, 2, 2);
      MigratorConfig shared = realms.smallChunks();
      Migrator migrator =
          new Migrator(
              shared.withRealms(Map.of(US, TwoRealms.config(realms.us), EU, TwoRealms.config(eu))),
              "test");
      migrator.init(false);
      migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));

      int crashes = 0;
      Migration migration = migrator.migration(TENANT);
      while (migration.state() != MigrationState.READY_TO_COMMIT) {
        AtomicInteger events = new AtomicInteger();
        boolean crash = crashes < CRASHES;
        try {
          migration =
              migrator.start(
                  TENANT,
                  progress -> {
                    if (crash
                        && progress.phase() == Progress.Phase.COPY
                        && events.incrementAndGet() == 12) {
                      server.kill();
                    }
                  });
        } catch (MigrationException.DatabaseUnavailable e) {
          assertThat(migrator.migration(TENANT).state()).isEqualTo(MigrationState.FAILED);
          server.restart();
          crashes++;
        }
      }

      assertThat(crashes).isEqualTo(CRASHES);
      assertThat(rows(eu, TENANT.clientKey())).isEqualTo(before);
      migrator.commit(TENANT, Progress.Listener.NONE);
      assertThat(rows(eu, TENANT.clientKey())).isEqualTo(before);
    }
  }

  /** Commits that fill in references which close a circle need not be on disk either. */
  @Test
  void everyLateReferenceArrivesThoughTheTargetCrashes() throws Exception {
    TwoRealms realms = new TwoRealms(databases);
    realms.us.execute(CIRCLE + CIRCLE_ROWS);
    try (EmbeddedServer server = EmbeddedServer.startDurable()) {
      keepInMemory(server.admin());
      Database eu = server.createDatabase("eu");
      eu.execute(CIRCLE + SLOW);
      Migrator migrator =
          new Migrator(
              realms
                  .config()
                  .withRealms(Map.of(US, TwoRealms.config(realms.us), EU, TwoRealms.config(eu)))
                  .withTables(
                      TableRules.DEFAULT.withAcceptedWarnings(Set.of(TableRules.EVERY_WARNING)))
                  .withCopy(new CopySettings(10, 64L << 10, 1).withPatience(Duration.ZERO)),
              "test");
      migrator.init(false);
      migrator.routes().add(TENANT, US);
      migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));

      CompletableFuture<Migration> copied =
          CompletableFuture.supplyAsync(() -> migrator.start(TENANT, Progress.Listener.NONE));
      awaitFilled(eu, 3);
      eu.execute("CREATE TABLE on_disk ()");
      long seen = awaitFilled(eu, 8);
      server.kill();
      assertThatThrownBy(() -> copied.get(1, TimeUnit.MINUTES))
          .hasCauseInstanceOf(MigrationException.DatabaseUnavailable.class);
      server.restart();
      long kept = eu.number(FILLED);
      assertThat(kept).as("late references that outlived the crash").isBetween(3L, seen - 1);
      long filled = eu.number("SELECT last_value FROM fillings");

      assertThat(migrator.start(TENANT, Progress.Listener.NONE).state())
          .isEqualTo(MigrationState.READY_TO_COMMIT);

      assertThat(eu.list("SELECT t::text FROM team AS t ORDER BY id"))
          .isEqualTo(realms.us.list("SELECT t::text FROM team AS t ORDER BY id"))
          .hasSize(200);
      long chunks =
          eu.number("SELECT count(*) FROM domicile.copy_chunk WHERE table_name = 'public.team'");
      assertThat(chunks).isGreaterThanOrEqualTo(20);
      assertThat(eu.number("SELECT last_value FROM fillings") - filled)
          .as("chunks that were filled in after the crash")
          .isEqualTo(chunks - kept);
    }
  }

  /** What is committed without waiting gets to the disk with the next commit that waits. */
  private static void keepInMemory(Database admin) throws SQLException {
    try (Connection connection = admin.connect();
        Statement statement = connection.createStatement()) {
      for (String setting :
          List.of(
              "wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'", "autovacuum = off")) {
        statement.execute("ALTER SYSTEM SET " + setting);
      }
      statement.execute("SELECT pg_reload_conf()");
    }
  }

  private static long awaitFilled(Database eu, long chunks) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (true) {
      long filled = eu.number(FILLED);
      if (filled >= chunks) {
        return filled;
      }
      assertThat(System.nanoTime()).as("waited for late references").isLessThan(end);
      Thread.sleep(5);
    }
  }
}
