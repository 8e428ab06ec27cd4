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
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Notes by logical decoding on servers of other versions, and on one that does not allow it. A
 * build takes one pair of versions, by chance, a soak both; {@code -Ddomicile.test.seed} repeats a
 * run.
 */
final class LogicalServersIT {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final boolean SOAK = Boolean.getBoolean("domicile.test.soak");
  private static final TableRules RULES =
      new TableRules(List.of("public"), "client_key", Map.of(), List.of("label"))
          .withAcceptedWarnings(Set.of(TableRules.EVERY_WARNING));
  private static final ServerPairs SERVERS = new ServerPairs();

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @AfterAll
  static void close() {
    SERVERS.close();
  }

  static Stream<ServerPairs.Pair> pairs() {
    List<ServerPairs.Pair> all =
        List.of(new ServerPairs.Pair("14", "18"), new ServerPairs.Pair("15", "16"));
    return SOAK ? all.stream() : Stream.of(all.get((int) (SEED & 1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void movesATenantThatIsWrittenToThereAndBack(ServerPairs.Pair pair) throws Exception {
    System.out.printf("LogicalServersIT: -Ddomicile.test.seed=%d%n", SEED);
    try (ServerPairs.Realms realms = SERVERS.realms(pair)) {
      requireVersion(realms.us(), pair.source());
      requireVersion(realms.eu(), pair.target());
      SampleApp.create(realms.us(), 1, 2);
      SampleApp.create(realms.eu(), 2, 2);
      SampleApp.addTenant(realms.us(), TENANT.clientKey(), 60);
      SampleApp.addTenant(realms.us(), NEIGHBOUR, 10);
      SampleApp.addTenant(realms.eu(), RESIDENT, 10);
      CaptureWay.mayReplicate(realms.target(), true);
      Migrator migrator =
          new Migrator(
              realms
                  .config(RULES, false)
                  .withCutover(
                      new CutoverSettings(
                          Duration.ofSeconds(10),
                          3,
                          Duration.ofHours(1),
                          CaptureWay.on(realms.source(), Capture.LOGICAL).capture())),
              "test");
      migrator.routes().add(TENANT, US);
      List<String> neighbour = rows(realms.us(), NEIGHBOUR);
      List<String> resident = rows(realms.eu(), RESIDENT);

      move(migrator, realms.us(), EU, realms.eu());
      move(migrator, realms.eu(), US, realms.us());

      assertThat(rows(realms.us(), NEIGHBOUR)).isEqualTo(neighbour);
      assertThat(rows(realms.eu(), RESIDENT)).isEqualTo(resident);
    }
  }

  private static void requireVersion(Database database, String version) {
    assertThat(database.list("SHOW server_version").get(0)).startsWith(version + ".");
  }

  private static void move(Migrator migrator, Database from, Realm target, Database to)
      throws Exception {
    migrator.schedule(TENANT, target, Instant.now(), Instant.now().plusSeconds(3600));
    try (BusyWriters writers = new BusyWriters(from, TENANT.clientKey(), SEED)) {
      migrator.start(TENANT, Progress.Listener.NONE);
      assertThat(slots(from)).hasSize(1);
      migrator.commit(TENANT, Progress.Listener.NONE);
      writers.join();
      assertThat(BusyWriters.comments(to, TENANT.clientKey()))
          .containsAll(writers.committed())
          .isNotEmpty();
    }
    assertThat(slots(from)).isEmpty();
    assertThat(rows(to, TENANT.clientKey())).isEqualTo(rows(from, TENANT.clientKey()));
    migrator.purge(TENANT, Progress.Listener.NONE);
    assertThat(rows(from, TENANT.clientKey())).isEmpty();
  }

  private static List<String> slots(Database database) {
    return database.list(
        "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()");
  }

  @Test
  void refusesOrTakesTriggersWhereTheServerCannot() {
    String why =
        "wal_level is not logical (set it and restart the server), all max_replication_slots are in"
            + " use (raise it, or drop a slot that nobody reads), all max_wal_senders are in use"
            + " (raise it)";
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    Map<String, String> settings =
        Map.of(
            "wal_level",
            "replica",
            "max_replication_slots",
            "1",
            "max_wal_senders",
            "0",
            "max_slot_wal_keep_size",
            "1GB");
    try (EmbeddedServer server = EmbeddedServer.start(settings)) {
      server.admin().list("SELECT pg_create_physical_replication_slot('others')");
      Database us = server.createDatabase("us");
      SampleApp.create(us, 1, 2);
      SampleApp.addTenant(us, TENANT.clientKey(), 20);
      MigratorConfig config =
          realms
              .smallChunks()
              .withRealms(Map.of(US, TwoRealms.config(us), EU, TwoRealms.config(realms.eu)));
      Migrator logical =
          new Migrator(config.withCutover(CaptureWay.on(server, Capture.LOGICAL)), "test");
      Migrator auto = new Migrator(config.withCutover(CaptureWay.on(server, Capture.AUTO)), "test");
      auto.init(false);
      List<String> resident = SampleApp.everything(realms.eu);

      realms.schedule();
      assertThatThrownBy(() -> logical.start(TENANT, Progress.Listener.NONE))
          .isInstanceOf(MigrationException.Refused.class)
          .hasMessageContaining("realms.US")
          .hasMessageContaining(why)
          .hasMessageContaining("or set cutover.capture to auto or triggers");
      assertThat(SampleApp.everything(realms.eu)).isEqualTo(resident);
      for (Database realm : List.of(us, realms.eu)) {
        assertThat(realm.number("SELECT count(*) FROM domicile.fence")).isZero();
      }

      assertThat(auto.assess(TENANT, EU).findings())
          .anySatisfy(
              finding ->
                  assertThat(finding.toString())
                      .contains("notes changes by triggers alone: " + why));
      auto.start(TENANT, Progress.Listener.NONE);
      us.execute("UPDATE note SET title = 'noted' WHERE client_key = 'tenant-a'");
      auto.commit(TENANT, Progress.Listener.NONE);
      assertThat(rows(realms.eu, TENANT.clientKey()))
          .isEqualTo(rows(us, TENANT.clientKey()))
          .anySatisfy(row -> assertThat(row).contains("noted"));
    }
  }
}
