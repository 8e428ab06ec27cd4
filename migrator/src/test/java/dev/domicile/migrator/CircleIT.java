package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tables that refer to each other in a circle over columns none of which may be null, moved by a
 * role that cannot switch checks off, while their rows are written.
 */
final class CircleIT {
  private static final String SCHEMA =
      """
      CREATE TABLE egg (id int PRIMARY KEY, client_key text NOT NULL, hen int NOT NULL);
      CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL REFERENCES egg);
      ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen DEFERRABLE;
      CREATE TABLE shell (id int PRIMARY KEY, egg int NOT NULL REFERENCES egg);
      CREATE INDEX ON egg (client_key, id); CREATE INDEX ON egg (hen);
      CREATE INDEX ON hen (egg); CREATE INDEX ON shell (egg);
      """;
  private static final String ROWS =
      """
      SET CONSTRAINTS ALL DEFERRED;
      INSERT INTO egg SELECT i, CASE WHEN i <= 300 THEN 'tenant-a' ELSE 'tenant-b' END, i FROM generate_series(1, 400) AS i;
      INSERT INTO hen SELECT id, id FROM egg;
      INSERT INTO shell SELECT id, id FROM egg;
      ANALYZE;
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final AtomicBoolean ended = new AtomicBoolean();
  private final Set<Integer> there = new ConcurrentSkipListSet<>();

  @AfterEach
  void end() {
    ended.set(true);
  }

  @Test
  void isCopiedAndTakenBackWhileItIsWritten() throws Exception {
    TwoRealms realms = new TwoRealms(databases);
    realms.us.execute(SCHEMA + ROWS);
    realms.eu.execute(SCHEMA);
    for (int id = 1; id <= 300; id++) {
      there.add(id);
    }
    Migrator migrator =
        new Migrator(
            realms
                .config()
                .withTables(TableRules.DEFAULT)
                .withCopy(new CopySettings(20, 64L << 10, 2).withPatience(Duration.ZERO))
                .withCutover(new CutoverSettings(Duration.ofSeconds(10), 3, Duration.ofHours(1))),
            "test");
    migrator.init(false);
    migrator.routes().add(TENANT, US);
    assertThat(migrator.assess(TENANT, EU).findings()).isEmpty();
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));

    CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(realms.us, 1000));
    migrator.start(TENANT, progress -> pause(20));
    migrator.commit(TENANT, Progress.Listener.NONE);
    writer.get(30, TimeUnit.SECONDS);
    assertThat(there).hasSizeGreaterThan(310);
    requireThere(realms.eu);
    assertThat(migrator.verify(TENANT, 10, Progress.Listener.NONE).clean()).isTrue();

    int written = there.size();
    writer = CompletableFuture.runAsync(() -> write(realms.eu, 100_000));
    pause(500);
    migrator.rollback(TENANT, Progress.Listener.NONE);
    writer.get(30, TimeUnit.SECONDS);
    assertThat(there).hasSizeGreaterThan(written);
    requireThere(realms.us);
    for (String table : List.of("egg", "hen", "shell")) {
      assertThat(realms.eu.number("SELECT count(*) FROM " + table)).as(table).isZero();
      assertThat(realms.us.number("SELECT count(*) FROM " + table))
          .as(table + ", with those of another tenant")
          .isEqualTo(there.size() + 100);
    }
  }

  private void requireThere(Database realm) {
    List<String> ids = new ArrayList<>(there.stream().map(String::valueOf).toList());
    assertThat(
            realm.list(
                "SELECT e.id FROM egg AS e JOIN hen AS h ON h.id = e.hen AND h.egg = e.id"
                    + " JOIN shell AS s ON s.egg = e.id WHERE client_key = 'tenant-a' ORDER BY e.id"))
        .isEqualTo(ids);
  }

  /** Adds circles, and now and then deletes one, until the realm takes no more of them. */
  private void write(Database realm, int first) {
    try (Connection connection = realm.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int id = first; !ended.get(); id++) {
        statement.execute(
            """
            SET CONSTRAINTS ALL DEFERRED;
            INSERT INTO egg VALUES (%1$d, 'tenant-a', %1$d);
            INSERT INTO hen VALUES (%1$d, %1$d);
            INSERT INTO shell VALUES (%1$d, %1$d);
            """
                .formatted(id));
        int gone = id % 3 == 0 ? id - first + 1 : 0;
        statement.execute(
            """
            DELETE FROM shell WHERE egg = %1$d; DELETE FROM hen WHERE egg = %1$d; DELETE FROM egg WHERE id = %1$d;
            """
                .formatted(gone));
        connection.commit();
        there.add(id);
        there.remove(gone);
        pause(20);
      }
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.getMessage()).isIn("DM001", "40001");
    }
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
