package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Writers of one tenant of the sample app, who add, change and delete parents and children in one
 * transaction after the other until its realm takes no more of the tenant's writes, or they are
 * told to end. Each transaction adds a comment that nobody deletes.
 */
final class BusyWriters implements AutoCloseable {
  private static final int WRITERS = 3;

  private final Database realm;
  private final String tenant;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Set<String> committed = ConcurrentHashMap.newKeySet();
  private final List<CompletableFuture<Void>> writers = new ArrayList<>();

  BusyWriters(Database realm, String tenant, long seed) {
    this.realm = realm;
    this.tenant = tenant;
    for (int i = 0; i < WRITERS; i++) {
      int number = i;
      Random random = new Random(seed + number);
      writers.add(CompletableFuture.runAsync(() -> write(number, random)));
    }
  }

  /** The comments of all transactions whose commit was answered. */
  Set<String> committed() {
    return committed;
  }

  /** The tenant's comments in a realm that such writers have written, on notes that they have. */
  static List<String> comments(Database realm, String tenant) {
    return realm.list(
        """
        SELECT c.body FROM comment AS c JOIN note AS n ON n.id = c.note_id JOIN board AS b ON b.id = n.board_id
        WHERE n.client_key = '%1$s' AND b.client_key = '%1$s' AND c.body LIKE 'busy %%' AND n.title = 'busy'
        """
            .formatted(tenant));
  }

  /** Waits until all have been refused. */
  void join() throws Exception {
    for (CompletableFuture<Void> writer : writers) {
      writer.get(30, TimeUnit.SECONDS);
    }
  }

  /** Tells them to end and waits until they have; they must not have failed. */
  void end() throws Exception {
    ended.set(true);
    join();
  }

  @Override
  public void close() {
    ended.set(true);
  }

  private void write(int writer, Random random) {
    try (Connection connection = realm.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long last = 0;
      while (!ended.get()) {
        String comment = "busy %d %x".formatted(writer, random.nextLong());
        last = write(statement, writer, comment, last, random);
        connection.commit();
        committed.add(comment);
        Thread.sleep(40 + random.nextInt(60));
      }
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.getMessage()).isIn("DM001", "40001");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A new board with a new note, and old notes that move to it. Every second time all notes move
   * from the last board, which is deleted.
   */
  private long write(Statement statement, int writer, String comment, long last, Random random)
      throws SQLException {
    long board =
        id(
            statement,
            "INSERT INTO board (client_key, name) VALUES ('%s', 'busy ' || gen_random_uuid()) RETURNING id"
                .formatted(tenant));
    long note =
        id(
            statement,
            """
            INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
            VALUES ('%s', %d, 'busy', 'open', '{}', 1, now()) RETURNING id
            """
                .formatted(tenant, board));
    statement.execute(
        """
        INSERT INTO comment (note_id, author, body, created_at) VALUES (%1$d, gen_random_uuid(), '%2$s', now());
        INSERT INTO note_label VALUES (%1$d, 'red');
        UPDATE comment SET note_id = %1$d WHERE id IN (
          SELECT max(c.id) FROM comment AS c JOIN note AS n ON n.id = c.note_id
          WHERE n.client_key = '%3$s' AND c.body LIKE 'busy %4$d %%' AND c.note_id <> %1$d);
        """
            .formatted(note, comment, tenant, writer));
    if (last != 0) {
      statement.execute(
          "UPDATE note SET board_id = %d WHERE board_id = %d; DELETE FROM board WHERE id = %2$d"
              .formatted(board, last));
      return 0;
    }
    statement.execute(
        """
        UPDATE note SET board_id = %1$d WHERE id IN (
          SELECT id FROM note WHERE client_key = '%2$s' AND title LIKE 'Note%%' AND id / 2 %% %3$d = %4$d
          ORDER BY hashint8(id + %5$d) LIMIT 5)
        """
            .formatted(board, tenant, WRITERS, writer, random.nextInt(1000)));
    return board;
  }

  private static long id(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
