package dev.domicile.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes are JVMs of their own. {@code -Ddomicile.test.routes} and {@code -Ddomicile.test.seconds}
 * say how much is changed and for how long.
 */
final class NodesIT {
  private static final int ROUTES = Integer.getInteger("domicile.test.routes", 5_000);
  private static final int SECONDS = Integer.getInteger("domicile.test.seconds", 5);
  private static final int WRITERS = 4;

  /** Longer than any test: what is seen in time came by a notice. */
  private static final Duration NEVER = Duration.ofHours(1);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String FEEDS =
      " FROM pg_stat_activity WHERE application_name = 'domicile-route-feed'"
          + " AND datname = current_database()";
  private static final String CHANGE =
      """
      UPDATE domicile.route SET
        epoch = epoch + 1,
        state = CASE WHEN state = 'REMOVED' THEN 'ACTIVE' ELSE ? END,
        realm = CASE WHEN state = 'REMOVED' THEN 'US'
                     WHEN ? = 'REMOVED' THEN NULL
                     WHEN realm = 'US' THEN 'EU' ELSE 'US' END
      WHERE client_key = ?
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final List<Node> nodes = new ArrayList<>();
  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());
  private Database control;

  @BeforeEach
  void open() {
    control = new Site(databases).control;
  }

  @AfterEach
  void close() {
    nodes.forEach(Node::close);
  }

  @Test
  void allNodesHearOfAChangeWithoutAPoll() throws IOException {
    addRoutes(1);
    start(0, 10, NEVER);
    start(0, 10, NEVER);
    allSee("US 1");

    control.execute("UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1");

    allSee("EU 2");
  }

  @Test
  void aNodeSeesWhatChangedWhileItsListenerWasCutOff() throws IOException {
    addRoutes(1);
    start(0, 10, NEVER);
    start(0, 10, NEVER);
    allSee("US 1");

    // In one transaction: when the change is there, no listener is.
    TestDatabases.server()
        .asSuperuser(control)
        .execute(
            "SELECT pg_terminate_backend(pid, 5000)"
                + FEEDS
                + "; UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1");

    allSee("EU 2");
  }

  @Test
  void noRouteIsStaleAfterManyChangesOnAnyNode() throws Exception {
    System.out.println("NodesIT: -Ddomicile.test.seed=" + seed);
    addRoutes(ROUTES);
    start(ROUTES, 2 * ROUTES, POLL);
    // This one evicts and loads all the time.
    start(ROUTES, ROUTES / 4, POLL);
    start(ROUTES, 2 * ROUTES, NEVER);
    await().atMost(LIMIT).until(() -> Integer.parseInt(nodes.get(0).ask("cached")) > ROUTES / 10);

    change();

    for (Node node : nodes) {
      // A cut at the very end costs the time to connect again.
      await()
          .atMost(LIMIT)
          .untilAsserted(() -> assertThat(node.ask("stale")).endsWith("cached, stale:"));
      assertThat(node.ask("stale")).doesNotStartWith("0 ");
    }
  }

  private void change() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS + 1);
    try {
      long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
      List<Future<Integer>> changes = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        changes.add(writers.submit(writer(i, end)));
      }
      changes.add(writers.submit(() -> cut(end)));
      for (Future<Integer> some : changes) {
        assertThat(some.get()).isPositive();
      }
    } finally {
      writers.shutdownNow();
    }
  }

  /** Each writer has tenants of its own; their transactions overlap. */
  private Callable<Integer> writer(int number, long end) {
    Random random = new Random(seed + number);
    return () -> {
      int changes = 0;
      try (Connection connection = control.connect();
          PreparedStatement change = connection.prepareStatement(CHANGE)) {
        connection.setAutoCommit(false);
        while (System.nanoTime() < end) {
          for (int i = 0; i < 10; i++) {
            changes += change(change, random, random.nextInt(ROUTES / WRITERS) * WRITERS + number);
          }
          TimeUnit.MILLISECONDS.sleep(random.nextInt(40));
          if (random.nextInt(10) == 0) {
            connection.rollback();
          } else {
            connection.commit();
          }
        }
      }
      return changes;
    };
  }

  private static int change(PreparedStatement change, Random random, int tenant)
      throws SQLException {
    String state = List.of("ACTIVE", "ACTIVE", "FROZEN", "REMOVED").get(random.nextInt(4));
    change.setString(1, state);
    change.setString(2, state);
    change.setString(3, RouteNode.tenant(tenant).clientKey());
    return change.executeUpdate();
  }

  /** Cuts one listener or another off, again and again. */
  private int cut(long end) throws InterruptedException {
    Random random = new Random(seed - 1);
    int cuts = 0;
    while (System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(random.nextInt(600));
      TestDatabases.server()
          .asSuperuser(control)
          .list("SELECT pg_terminate_backend(pid)" + FEEDS + " ORDER BY random() LIMIT 1");
      cuts++;
    }
    return cuts;
  }

  private void allSee(String route) {
    for (Node node : nodes) {
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(node.ask(RouteNode.tenant(0).clientKey())).isEqualTo(route));
    }
  }

  private void addRoutes(int count) {
    control.execute(
        "INSERT INTO domicile.route (client_key, realm)"
            + " SELECT 'tenant-' || i, 'US' FROM generate_series(0, %d) AS i; ANALYZE"
                .formatted(count - 1));
  }

  private void start(int asked, int cached, Duration poll) throws IOException {
    nodes.add(
        new Node(
            control.url(),
            control.user(),
            control.password(),
            String.valueOf(asked),
            String.valueOf(cached),
            String.valueOf(poll.toMillis())));
  }

  /** The process of a {@link RouteNode}. */
  private static final class Node implements AutoCloseable {
    private static final String ANSWER = "answer ";
    private final Process process;
    private final PrintWriter orders;
    private final BufferedReader answers;

    Node(String... args) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx128m");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(RouteNode.class.getName());
      command.addAll(List.of(args));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      orders = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
      answers =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    String ask(String question) throws IOException {
      orders.println(question);
      String line = answers.readLine();
      while (line != null && !line.startsWith(ANSWER)) {
        line = answers.readLine();
      }
      if (line == null) {
        throw new IOException("the node has ended");
      }
      return line.substring(ANSWER.length());
    }

    @Override
    public void close() {
      orders.close();
      try {
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
