package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A tenant that writes new parents and new children all the time while it moves, so that no chunk
 * fits those that were copied before it; and takes its move back under the same load.
 */
final class BusyTenantIT {
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final int WRITERS = 3;
  private static final int NOTES = 400;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicInteger transactions = new AtomicInteger();

  @AfterEach
  void end() {
    ended.set(true);
  }

  @ParameterizedTest
  @CsvSource({"false, TRIGGERS", "true, TRIGGERS", "false, LOGICAL"})
  void isCopiedAndTakenBackWhileItWrites(boolean superuser, Capture capture) throws Exception {
    System.out.printf("BusyTenantIT: -Ddomicile.test.seed=%d%n", SEED);
    TwoRealms realms = TwoRealms.withSampleApp(databases, NOTES).noting(capture);
    List<String> resident = rows(realms.eu, RESIDENT);
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    Migrator migrator = new Migrator(config(realms, superuser), "test");
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));

    List<CompletableFuture<Void>> writers = write(realms.us);
    migrator.start(TENANT, progress -> pause(30));
    assertThat(transactions.getAndSet(0)).as("transactions during the copy").isGreaterThan(20);
    migrator.commit(TENANT, Progress.Listener.NONE);
    join(writers);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));

    writers = write(realms.eu);
    pause(1000);
    assertThat(migrator.rollback(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
    join(writers);
    assertThat(transactions.get()).as("transactions after the commit").isGreaterThan(20);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.us, TENANT.clientKey()))
        .filteredOn(row -> row.startsWith("board") && row.contains("busy"))
        .hasSizeGreaterThan(WRITERS);
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

  /** Writers that go on until the realm takes no more of the tenant's writes. */
  private List<CompletableFuture<Void>> write(Database realm) {
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      int number = i;
      writers.add(CompletableFuture.runAsync(() -> write(realm, number)));
    }
    return writers;
  }

  private void write(Database realm, int writer) {
    Random random = new Random(SEED + writer);
    try (Connection connection = realm.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long last = 0;
      while (!ended.get()) {
        last = write(statement, writer, last, random);
        connection.commit();
        transactions.incrementAndGet();
        pause(40 + random.nextInt(60));
      }
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.getMessage()).isIn("DM001", "40001");
    }
  }

  /**
   * A new board with a new note, and old notes that move to it. Every second time all notes move
   * from the last board, which is deleted.
   */
  private static long write(Statement statement, int writer, long last, Random random)
      throws SQLException {
    long board =
        id(
            statement,
            "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'busy ' || gen_random_uuid())"
                + " RETURNING id");
    long note =
        id(
            statement,
            "INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)"
                + " VALUES ('tenant-a', "
                + board
                + ", 'busy', 'open', '{}', 1, now()) RETURNING id");
    statement.execute(
        """
        INSERT INTO comment (note_id, author, body, created_at)
        VALUES (%1$d, gen_random_uuid(), 'busy %2$d', now());
        INSERT INTO note_label VALUES (%1$d, 'red');
        UPDATE comment SET note_id = %1$d WHERE id IN (
          SELECT max(id) FROM comment WHERE body = 'busy %2$d' AND note_id <> %1$d);
        """
            .formatted(note, writer));
    if (last != 0) {
      statement.execute(
          "UPDATE note SET board_id = %d WHERE board_id = %d; DELETE FROM board WHERE id = %2$d"
              .formatted(board, last));
      return 0;
    }
    statement.execute(
        """
        UPDATE note SET board_id = %1$d WHERE id IN (
          SELECT id FROM note WHERE client_key = 'tenant-a' AND title LIKE 'Note%%' AND id / 2 %% %2$d = %3$d
          ORDER BY hashint8(id + %4$d) LIMIT 5)
        """
            .formatted(board, WRITERS, writer, random.nextInt(1000)));
    return board;
  }

  private static long id(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void join(List<CompletableFuture<Void>> writers) throws Exception {
    for (CompletableFuture<Void> writer : writers) {
      writer.get(30, TimeUnit.SECONDS);
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
