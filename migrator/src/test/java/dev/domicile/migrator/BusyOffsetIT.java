package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A tenant that writes all the time moves to where its ids are taken, and back, while those who
 * live there write too.
 */
final class BusyOffsetIT {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int NOTES = 200;
  private static final int ENOUGH = 20;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void takesItsOffsetAlongWhileAllWrite() throws Exception {
    System.out.printf("BusyOffsetIT: -Ddomicile.test.seed=%d%n", SEED);
    TwoRealms realms = MovedIds.realms(databases, NOTES);
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    Migrator migrator = new Migrator(config(realms), "test");
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));

    Set<String> written = new HashSet<>();
    try (BusyWriters residents = new BusyWriters(realms.eu, RESIDENT, SEED + 1);
        BusyWriters writers = new BusyWriters(realms.us, TENANT.clientKey(), SEED)) {
      migrator.start(TENANT, progress -> pause(30));
      assertThat(writers.committed()).as("transactions during the copy").hasSizeGreaterThan(ENOUGH);
      migrator.commit(TENANT, Progress.Listener.NONE);
      writers.join();
      written.addAll(writers.committed());
      MovedIds offsets = MovedIds.between(realms.us, realms.eu);
      assertThat(offsets.note()).isPositive();
      assertThat(MovedIds.rows(realms.eu, MovedIds.NONE))
          .isEqualTo(MovedIds.rows(realms.us, offsets));
      assertThat(migrator.verify(TENANT, 10, Progress.Listener.NONE).clean()).isTrue();
      String own = " IN (SELECT id FROM note WHERE client_key = 'tenant-a')";
      Map.of("board", "client_key = 'tenant-a'", "note", "id" + own, "comment", "note_id" + own)
          .forEach(
              (table, condition) ->
                  assertThat(realms.eu.number("SELECT last_value FROM " + table + "_id_seq"))
                      .as("the sequence of " + table)
                      .isGreaterThanOrEqualTo(
                          realms.eu.number(
                              "SELECT max(id) FROM " + table + " WHERE " + condition)));

      try (BusyWriters there = new BusyWriters(realms.eu, TENANT.clientKey(), SEED + 2)) {
        pause(1000);
        assertThat(migrator.rollback(TENANT, Progress.Listener.NONE).state())
            .isEqualTo(MigrationState.ROLLED_BACK);
        there.join();
        assertThat(there.committed())
            .as("transactions after the commit")
            .hasSizeGreaterThan(ENOUGH);
        written.addAll(there.committed());
      }
      assertThat(SampleApp.count(realms.eu, TENANT.clientKey())).isZero();
      assertThat(BusyWriters.comments(realms.us, TENANT.clientKey()))
          .containsExactlyInAnyOrderElementsOf(written);
      residents.end();
      assertThat(BusyWriters.comments(realms.eu, RESIDENT))
          .hasSizeGreaterThan(ENOUGH)
          .containsExactlyInAnyOrderElementsOf(residents.committed());
    }
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
  }

  private static MigratorConfig config(TwoRealms realms) {
    MigratorConfig config = realms.smallChunks();
    // A busy machine needs its time for a drain.
    return config
        .withTables(config.tables().withIds(Map.of("*", IdPolicy.OFFSET)))
        .withCutover(new CutoverSettings(Duration.ofSeconds(10), 3, Duration.ofHours(1)));
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
