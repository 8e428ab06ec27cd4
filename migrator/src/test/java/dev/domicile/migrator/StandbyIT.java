package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The copy waits for a standby of the target that lags behind, over real streaming replication. */
final class StandbyIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration WATCHED = Duration.ofSeconds(3);

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void waitsForAStandbyThatLags() throws Exception {
    TwoRealms realms = new TwoRealms(databases);
    try (EmbeddedServer server = EmbeddedServer.start();
        EmbeddedServer standby = server.startStandby()) {
      // Who is neither a superuser nor in pg_monitor does not see how far a standby is.
      Database eu = server.asSuperuser(server.createDatabase("eu"));
      SampleApp.create(realms.us, 1, 2);
      SampleApp.create(eu, 2, 2);
      SampleApp.addTenant(realms.us, TENANT.clientKey(), 100);
      List<String> before = rows(realms.us, TENANT.clientKey());
      Migrator migrator =
          new Migrator(
              realms
                  .config()
                  .withRealms(Map.of(US, TwoRealms.config(realms.us), EU, TwoRealms.config(eu)))
                  .withCopy(
                      new CopySettings(
                          50,
                          64L << 10,
                          2,
                          Duration.ofSeconds(5),
                          Duration.ofMinutes(1),
                          Duration.ZERO,
                          null,
                          Duration.ofSeconds(1))),
              "test");
      migrator.init(false);
      migrator.routes().add(TENANT, US);
      migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
      standby.admin().list("SELECT pg_wal_replay_pause()");
      eu.execute("CREATE TABLE not_replayed ()");
      await(
          server.admin(), "SELECT count(*) FROM pg_stat_replication WHERE replay_lag > '1 second'");

      CompletableFuture<Migration> start =
          CompletableFuture.supplyAsync(() -> migrator.start(TENANT, Progress.Listener.NONE));
      await(eu, "SELECT count(*) FROM domicile.copy_chunk WHERE table_name = 'public.note_label'");
      long end = System.nanoTime() + WATCHED.toNanos();
      while (System.nanoTime() < end) {
        assertThat(eu.number("SELECT count(*) FROM domicile.copy_checkpoint")).isZero();
        Thread.sleep(50);
      }
      assertThat(start).isNotDone();
      standby.admin().list("SELECT pg_wal_replay_resume()");

      assertThat(start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).state())
          .isEqualTo(MigrationState.READY_TO_COMMIT);
      assertThat(rows(eu, TENANT.clientKey())).isEqualTo(before);
    }
  }

  private static void await(Database database, String count) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (database.number(count) == 0) {
      assertThat(System.nanoTime()).as("waited for: " + count).isLessThan(end);
      Thread.sleep(50);
    }
  }
}
