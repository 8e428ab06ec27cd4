package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.cli.CommandLineFixture;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promise P3, against a migrator that is killed with SIGKILL at random moments of the copy. {@code
 * -Ddomicile.test.kills} says how often, {@code -Ddomicile.test.seed} repeats a run.
 */
final class KillIT {
  private static final int KILLS = Integer.getInteger("domicile.test.kills", 12);
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int LONGEST_WAIT_MILLIS = 120;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  @Test
  void everyRowArrivesOnceHoweverOftenTheMigratorIsKilled() throws Exception {
    System.out.printf("Kills: %d, seed: %d%n", KILLS, SEED);
    Random random = new Random(SEED);
    TwoRealms realms = TwoRealms.withSampleApp(databases, 400 * KILLS);
    CommandLineFixture cli = new CommandLineFixture(folder, realms);
    List<String> before = rows(realms.us, TENANT.clientKey());
    realms.schedule();

    List<List<String>> versions = new ArrayList<>();
    int kills = 0;
    while (kills < KILLS) {
      Process migrator = cli.start("start", TENANT.clientKey());
      awaitCheckpoint(realms.eu, migrator);
      Thread.sleep(random.nextInt(LONGEST_WAIT_MILLIS));
      assertThat(migrator.isAlive()).as("still copying before kill %d", kills + 1).isTrue();
      migrator.destroyForcibly().waitFor();
      kills++;
      awaitNoSession(realms.eu);
      versions.add(rowVersions(realms.eu));
    }
    Process last = cli.start("start", TENANT.clientKey());
    assertThat(last.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(last.exitValue()).isZero();

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(before);
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.copy_checkpoint"))
        .isEqualTo(realms.eu.number("SELECT count(*) FROM domicile.copy_chunk"));
    // A chunk that was copied again would have rows of a younger transaction.
    Set<String> end = new HashSet<>(rowVersions(realms.eu));
    assertThat(versions).allMatch(end::containsAll, "still there as it was");
    assertThat(versions.get(0)).hasSizeLessThan(end.size());
    assertThat(realms.migrator().commit(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.COMMITTED);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(before);
  }

  private static void awaitCheckpoint(Database eu, Process migrator) throws InterruptedException {
    String count = "SELECT count(*) FROM domicile.copy_checkpoint";
    long seen = eu.number(count);
    while (migrator.isAlive() && eu.number(count) == seen) {
      Thread.sleep(5);
    }
  }

  private static void awaitNoSession(Database eu) throws InterruptedException {
    while (eu.number(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'domicile-migrator'"
                + " AND datname = current_database()")
        > 0) {
      Thread.sleep(5);
    }
  }

  /** Each row with the transaction that wrote it. */
  private static List<String> rowVersions(Database database) {
    return SampleApp.TABLES.stream()
        .flatMap(
            table ->
                database
                    .list("SELECT '" + table + "' || ctid::text || xmin::text FROM " + table)
                    .stream())
        .toList();
  }
}
