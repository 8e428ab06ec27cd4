package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A tenant that writes new parents and new children all the time while it moves, so that no chunk
 * fits those that were copied before it; and takes its move back under the same load.
 */
final class BusyTenantIT {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int NOTES = 400;
  private static final int ENOUGH = 20;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @ParameterizedTest
  @CsvSource({"false, TRIGGERS", "true, TRIGGERS", "false, LOGICAL"})
  void isCopiedAndTakenBackWhileItWrites(boolean superuser, Capture capture) throws Exception {
    System.out.printf("BusyTenantIT: -Ddomicile.test.seed=%d%n", SEED);
    TwoRealms realms = TwoRealms.withSampleApp(databases, NOTES).noting(capture);
    List<String> resident = rows(realms.eu, RESIDENT);
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    Migrator migrator = new Migrator(config(realms, superuser), "test");
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));

    Set<String> written = new HashSet<>();
    try (BusyWriters writers = new BusyWriters(realms.us, TENANT.clientKey(), SEED)) {
      migrator.start(TENANT, progress -> pause(30));
      assertThat(writers.committed()).as("transactions during the copy").hasSizeGreaterThan(ENOUGH);
      migrator.commit(TENANT, Progress.Listener.NONE);
      writers.join();
      written.addAll(writers.committed());
    }
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));

    try (BusyWriters writers = new BusyWriters(realms.eu, TENANT.clientKey(), SEED + 1)) {
      pause(1000);
      assertThat(migrator.rollback(TENANT, Progress.Listener.NONE).state())
          .isEqualTo(MigrationState.ROLLED_BACK);
      writers.join();
      assertThat(writers.committed())
          .as("transactions after the commit")
          .hasSizeGreaterThan(ENOUGH);
      written.addAll(writers.committed());
    }
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
    assertThat(BusyWriters.comments(realms.us, TENANT.clientKey()))
        .containsExactlyInAnyOrderElementsOf(written);
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
  }

  private static MigratorConfig config(TwoRealms realms, boolean superuser) {
    // A busy machine needs its time for a drain.
    MigratorConfig config =
        realms
            .smallChunks()
            .withCutover(
                new CutoverSettings(
                    Duration.ofSeconds(10),
                    3,
                    Duration.ofHours(1),
                    realms.config().cutover().capture()));
    return superuser
        ? config.withRealms(
            Map.of(
                US, TwoRealms.config(TestDatabases.server().asSuperuser(realms.us)),
                EU, TwoRealms.config(TestDatabases.server().asSuperuser(realms.eu))))
        : config;
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
