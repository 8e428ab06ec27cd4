package dev.domicile.migrator.history;

import dev.domicile.migrator.TwoRealms;
import dev.domicile.router.CacheConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.FeedConfig;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A node of the application in a JVM of its own, whose sessions write through the router and note
 * down what they were told. It ends when its input ends; on the line "forget" it forgets its
 * routes.
 */
final class HistoryWriter {
  // What the server answers a COMMIT with that has not happened.
  private static final Set<String> REFUSED = Set.of("DM001", "40001", "40P01");
  private static final String NOT_HERE = "DM404";
  private static final int LONGEST_THOUGHT_MILLIS = 12;
  // So that the machine has time for the moves too; each is disturbed by some hundred writes.
  private static final int LONGEST_REST_MILLIS = 60;

  private final RouterConfig config;
  // Sessions hold it for the time of a transaction.
  private final ReadWriteLock using = new ReentrantReadWriteLock();
  private volatile Router router;
  private volatile boolean ended;

  private HistoryWriter(RouterConfig config) {
    this.config = config;
    this.router = new Router(config);
  }

  /**
   * Writes until its input ends.
   *
   * @param args the folder of the records, the node's name, the seed, how many sessions, the
   *     isolation levels, the interval of polls in milliseconds, whether it listens; then role and
   *     password, and the addresses of the control database and of both realms
   */
  public static void main(String[] args) throws Exception {
    DatabaseConfig control = new DatabaseConfig(args[9], args[7], args[8]);
    RouterConfig config =
        new RouterConfig(
                control,
                Map.of(
                    TwoRealms.US, new DatabaseConfig(args[10], args[7], args[8]),
                    TwoRealms.EU, new DatabaseConfig(args[11], args[7], args[8])))
            .withCache(CacheConfig.DEFAULT.withStaleness(Duration.ofSeconds(60)))
            .withFeed(
                new FeedConfig(
                    Boolean.parseBoolean(args[6]), Duration.ofMillis(Long.parseLong(args[5]))));
    HistoryWriter node = new HistoryWriter(config);
    int sessions = Integer.parseInt(args[3]);
    String[] isolations = args[4].split(",", -1);
    for (int i = 0; i < sessions; i++) {
      String name = args[1] + (char) ('a' + i);
      Notes notes = new Notes(Path.of(args[0], name));
      Random random = new Random(Long.parseLong(args[2]) + i);
      int isolation = Integer.parseInt(isolations[i % isolations.length]);
      Session session = node.new Session(name, notes, random, isolation);
      Thread thread = new Thread(session::run, name);
      thread.setDaemon(true);
      thread.start();
    }
    node.answer();
  }

  private void answer() throws IOException {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      using.writeLock().lock();
      try {
        if (order.equals("end")) {
          ended = true;
        }
        router.close();
        router = new Router(config);
      } finally {
        using.writeLock().unlock();
      }
      System.out.println("done");
    }
  }

  /** One session after another of the same user. */
  private final class Session {
    private final String name;
    private final Notes notes;
    private final Random random;
    private final int isolation;
    private final Deque<String> tokens = new ArrayDeque<>();
    private int folders;
    private int number;

    Session(String name, Notes notes, Random random, int isolation) {
      this.name = name;
      this.notes = notes;
      this.random = random;
      this.isolation = isolation;
    }

    void run() {
      while (!ended) {
        using.readLock().lock();
        try {
          if (!ended) {
            write();
          }
        } finally {
          using.readLock().unlock();
        }
        think(LONGEST_REST_MILLIS);
      }
    }

    private void write() {
      String mark = name + "-" + number++;
      Kind kind = Kind.some(random);
      String erased = kind == Kind.ERASE ? tokens.poll() : null;
      notes.tries(mark, erased == null && kind == Kind.ERASE ? Kind.TOKEN : kind, erased);
      boolean asked = false;
      try (TenantScope scope = TenantContext.open(TwoRealms.TENANT);
          Connection connection = router.dataSource().getConnection()) {
        connection.setTransactionIsolation(isolation);
        connection.setAutoCommit(false);
        try {
          // The snapshot of some is older than what they write by the time of a thought.
          if (random.nextInt(3) == 0) {
            execute(connection, "SELECT count(*) FROM account");
            think(LONGEST_THOUGHT_MILLIS);
          }
          transact(connection, kind, mark, erased);
          if (random.nextInt(4) == 0) {
            think(LONGEST_THOUGHT_MILLIS);
          }
          asked = true;
          connection.commit();
          notes.ended(mark, Notes.OK, "");
        } catch (SQLException e) {
          String state = String.valueOf(e.getSQLState());
          boolean unknown = asked && !REFUSED.contains(state);
          notes.ended(mark, unknown ? Notes.UNKNOWN : Notes.NO, state);
          rollback(connection);
          return;
        }
      } catch (SQLException e) {
        // Before the transaction, or after all was noted.
        notes.ended(mark, Notes.NO, String.valueOf(e.getSQLState()));
        return;
      }
      if (kind != Kind.REMARK && kind != Kind.ERASE) {
        tokens.add(mark);
      }
    }

    private void transact(Connection connection, Kind kind, String mark, String erased)
        throws SQLException {
      switch (kind) {
        case COUNT ->
            execute(
                connection,
                "UPDATE counter SET value = value + 1 WHERE client_key = ? AND writer = ?",
                HistoryApp.TENANT,
                name);
        case TRANSFER -> transfer(connection);
        case MOVE -> move(connection);
        case ERASE -> {
          if (erased != null) {
            erase(connection, erased);
          }
        }
        case TOKEN, REMARK -> {
          // The mark is all.
        }
      }
      if (kind == Kind.REMARK) {
        execute(connection, "INSERT INTO remark VALUES (?, ?)", mark, somePaper());
      } else {
        execute(connection, "INSERT INTO token VALUES (?, ?, ?)", mark, HistoryApp.TENANT, name);
      }
    }

    /**
     * In a realm that the tenant has left there may be nothing to delete, and no gate in the way.
     */
    private void erase(Connection connection, String token) throws SQLException {
      try (PreparedStatement delete =
          connection.prepareStatement("DELETE FROM token WHERE id = ?")) {
        delete.setString(1, token);
        if (delete.executeUpdate() == 0) {
          throw new SQLException("the token is not here", NOT_HERE);
        }
      }
    }

    private void transfer(Connection connection) throws SQLException {
      String update =
          "UPDATE account SET balance = balance + ?::bigint WHERE client_key = ? AND id = ?::int";
      long amount = 1L + random.nextInt(9);
      int from = 1 + random.nextInt(HistoryApp.ACCOUNTS);
      int to = 1 + random.nextInt(HistoryApp.ACCOUNTS);
      for (int account : List.of(Math.min(from, to), Math.max(from, to))) {
        long change = from == to ? 0 : account == from ? -amount : amount;
        execute(
            connection, update, String.valueOf(change), HistoryApp.TENANT, String.valueOf(account));
      }
    }

    /** Moves the writer's papers into a new folder and deletes the old one. */
    private void move(Connection connection) throws SQLException {
      String papers = HistoryApp.TENANT + "-" + name;
      String folder = papers + "-" + name + "-" + folders++ + "-" + random.nextInt(1 << 20);
      String old = "(SELECT folder_id FROM paper WHERE id = '" + papers + "-1')";
      execute(connection, "INSERT INTO folder VALUES (?, ?)", folder, HistoryApp.TENANT);
      List<String> before = query(connection, "SELECT " + old);
      execute(connection, "UPDATE paper SET folder_id = ? WHERE id = ?", folder, papers + "-1");
      execute(connection, "UPDATE paper SET folder_id = ? WHERE id = ?", folder, papers + "-2");
      execute(connection, "DELETE FROM folder WHERE id = ?", before.get(0));
    }

    private String somePaper() {
      String writer = random.nextInt(2) == 0 ? name : name.substring(0, name.length() - 1) + "a";
      return HistoryApp.TENANT + "-" + writer + "-" + (1 + random.nextInt(2));
    }

    private void think(int millis) {
      try {
        Thread.sleep(random.nextInt(millis + 1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void rollback(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // It is broken; the pool will see that.
      System.err.println(e.getMessage());
    }
  }

  private static void execute(Connection connection, String sql, String... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      statement.execute();
    }
  }

  private static List<String> query(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        var rows = statement.executeQuery()) {
      rows.next();
      return List.of(rows.getString(1));
    }
  }
}
