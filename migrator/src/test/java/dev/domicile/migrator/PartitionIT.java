package dev.domicile.migrator;

import static dev.domicile.migrator.Progress.Listener.NONE;
import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each tenant has a partition, so that a row that changes hands is deleted from one and inserted
 * into another; what hangs from it does so without a foreign key.
 */
final class PartitionIT {
  private static final String VISITS = "SELECT id FROM visit ORDER BY id";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;

  @BeforeEach
  void create() {
    realms = TwoRealms.withSampleApp(databases, 5);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          """
          CREATE TABLE place (client_key text NOT NULL, id int NOT NULL, PRIMARY KEY (client_key, id))
            PARTITION BY LIST (client_key);
          CREATE TABLE place_a PARTITION OF place FOR VALUES IN ('tenant-a');
          CREATE TABLE place_rest PARTITION OF place DEFAULT;
          CREATE TABLE visit (id int PRIMARY KEY, place_id int NOT NULL)
          """);
    }
    realms.us.execute(
        """
        INSERT INTO place VALUES ('tenant-a', 1), ('tenant-a', 2), ('tenant-b', 3);
        INSERT INTO visit VALUES (1, 1), (2, 2), (3, 3)
        """);
    realms.eu.execute("INSERT INTO place VALUES ('tenant-c', 9); INSERT INTO visit VALUES (9, 9)");
  }

  @Test
  void thePartitionsAreFencedAgainstTruncateToo() {
    copied(Capture.TRIGGERS);
    commit();

    assertThat(realms.eu.number("SELECT count(*) FROM place_a")).isEqualTo(2);
    for (String write :
        List.of(
            "TRUNCATE place_a", "TRUNCATE place", "INSERT INTO place_a VALUES ('tenant-a', 4)")) {
      assertThatThrownBy(() -> realms.us.execute(write))
          .hasStackTraceContaining("takes no more writes");
    }
    realms.us.execute("INSERT INTO place VALUES ('tenant-b', 4)");
  }

  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void rowsThatComeAndGoTakeAlongWhatHangsFromThem(Capture capture) {
    copied(capture);
    realms.us.execute(become("tenant-a", 3));
    realms.us.execute(become("tenant-b", 1));

    commit();

    assertThat(realms.eu.list("SELECT id FROM place_a ORDER BY id")).containsExactly("2", "3");
    assertThat(realms.eu.list(VISITS)).containsExactly("2", "3", "9");
  }

  /** Whoever wrote below a row before it became the tenant's did not know, and left no note. */
  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void waitsForWhoWroteBelowARowThatBecameTheTenants(Capture capture) throws Exception {
    copied(capture);
    CompletableFuture<Migration> commit;
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO visit VALUES (4, 3)");
      realms.us.execute(become("tenant-a", 3));
      commit = CompletableFuture.supplyAsync(this::commit);
      assertThat(commit)
          .as("waits for the writer")
          .failsWithin(700, TimeUnit.MILLISECONDS)
          .withThrowableOfType(TimeoutException.class);
      connection.commit();
    }
    commit.get(60, TimeUnit.SECONDS);

    assertThat(realms.eu.list(VISITS)).containsExactly("1", "2", "3", "4", "9");
  }

  /** A snapshot from before the row became the tenant's does not show whose it is by now. */
  @ParameterizedTest
  @EnumSource(names = {"TRIGGERS", "LOGICAL"})
  void takesAlongWhatAnOldSnapshotWritesBelowARowThatBecameTheTenants(Capture capture)
      throws Exception {
    copied(capture);
    try (Connection connection = realms.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM label");
      realms.us.execute(become("tenant-a", 3));
      CaptureIT.catchUp(config());
      statement.execute("INSERT INTO visit VALUES (4, 3)");
      connection.commit();
    }
    commit();

    assertThat(realms.eu.list(VISITS)).containsExactly("1", "2", "3", "4", "9");
  }

  private static String become(String tenant, int place) {
    return "UPDATE place SET client_key = '%s' WHERE id = %d".formatted(tenant, place);
  }

  private void copied(Capture capture) {
    realms.noting(capture);
    Migrator migrator = new Migrator(config(), "test");
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, NONE);
    assertThat(realms.eu.list(VISITS)).containsExactly("1", "2", "9");
  }

  private Migration commit() {
    return new Migrator(config(), "test").commit(TENANT, NONE);
  }

  private MigratorConfig config() {
    return realms
        .smallChunks()
        .withTables(
            new TableRules(
                List.of("public"),
                "client_key",
                Map.of(),
                Map.of("visit", "place_id -> place (id)"),
                null,
                List.of("label"),
                List.of(),
                Map.of(),
                Set.of(TableRules.EVERY_WARNING),
                "flyway_schema_history"));
  }
}
