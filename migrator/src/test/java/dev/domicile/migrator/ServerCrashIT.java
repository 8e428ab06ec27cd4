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
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Promise P3, against a target server that loses its power in the middle of the copy. */
final class ServerCrashIT {
  private static final int CRASHES = 3;

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
}
