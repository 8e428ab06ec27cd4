package dev.domicile.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test fresh databases on one server per JVM, and fails the test that leaves a
 * connection open.
 *
 * <p>The server is chosen by {@code -Ddomicile.test.postgres=embedded|testcontainers|external};
 * embedded is the default.
 */
public final class TestDatabases implements AfterEachCallback {
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final List<Database> created = new ArrayList<>();

  /** The server that all tests of this JVM share. */
  public static PostgresServer server() {
    return Shared.SERVER;
  }

  /** Creates an empty database whose name starts with the given one. */
  public Database create(String name) {
    return track(server().createDatabase(unique(name)));
  }

  /** Creates a copy of a database, rows and all. */
  public Database copyOf(Database template) {
    return track(server().cloneDatabase(unique(template.name()), template));
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    List<String> leaks = openConnections();
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (!leaks.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(20);
      leaks = openConnections();
    }
    created.forEach(server()::dropDatabase);
    created.clear();
    if (!leaks.isEmpty() && context.getExecutionException().isEmpty()) {
      throw new AssertionError("Connections left open: " + leaks);
    }
  }

  private List<String> openConnections() {
    if (created.isEmpty()) {
      return List.of();
    }
    String names = String.join("','", created.stream().map(Database::name).toList());
    return server()
        .admin()
        .list(
            "SELECT datname || ' ' || application_name || ': ' || query FROM pg_stat_activity"
                + " WHERE backend_type IN ('client backend', 'walsender') AND datname IN ('"
                + names
                + "')");
  }

  private Database track(Database database) {
    created.add(database);
    return database;
  }

  private static String unique(String name) {
    return name + "_" + ProcessHandle.current().pid() + "_" + COUNTER.incrementAndGet();
  }

  private static final class Shared {
    static final PostgresServer SERVER = start();

    private static PostgresServer start() {
      String kind = System.getProperty("domicile.test.postgres", "embedded");
      return switch (kind) {
        case "embedded" -> EmbeddedServer.start();
        case "testcontainers" -> new ContainerServer();
        case "external" -> new ExternalServer();
        default ->
            throw new IllegalArgumentException(
                "domicile.test.postgres is '"
                    + kind
                    + "'; expected embedded, testcontainers or external");
      };
    }
  }
}
