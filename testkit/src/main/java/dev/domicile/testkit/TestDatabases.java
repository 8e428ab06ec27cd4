package dev.domicile.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test, or each class of tests, fresh databases on one server per JVM, and fails the one
 * that leaves a connection open.
 *
 * <p>The server is chosen by {@code -Ddomicile.test.postgres=embedded|testcontainers|external};
 * embedded is the default.
 */
public final class TestDatabases implements AfterEachCallback, AfterAllCallback {
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final Map<String, Database> TEMPLATES = new ConcurrentHashMap<>();
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final boolean shared;
  private final List<Database> created = new ArrayList<>();

  /** Databases of one test. */
  public TestDatabases() {
    this(false);
  }

  private TestDatabases(boolean shared) {
    this.shared = shared;
  }

  /** Databases of all tests of a class; to be registered in a static field. */
  public static TestDatabases ofClass() {
    return new TestDatabases(true);
  }

  /** The server that all tests of this JVM share. */
  public static PostgresServer server() {
    return Shared.SERVER;
  }

  /** Creates an empty database whose name starts with the given one. */
  public Database create(String name) {
    return track(server().createDatabase(unique(name)));
  }

  /**
   * Creates a copy of a database that is filled once in each JVM, since to copy it takes far less
   * time.
   *
   * @param name what the database is known by; the copy's name starts with it
   * @param fill fills it when it is first needed, and leaves no connection open
   */
  public Database create(String name, Consumer<Database> fill) {
    Database template = TEMPLATES.computeIfAbsent(name, key -> filled(key, fill));
    return track(server().cloneDatabase(unique(name), template));
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    if (!shared) {
      drop(context);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    if (shared) {
      drop(context);
    }
  }

  private void drop(ExtensionContext context) throws InterruptedException {
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

  private static Database filled(String name, Consumer<Database> fill) {
    Database template = server().createDatabase(unique(name + "_template"));
    fill.accept(template);
    return template;
  }

  private static String unique(String name) {
    return name + "_" + ProcessHandle.current().pid() + "_" + COUNTER.incrementAndGet();
  }

  private static final class Shared {
    static final PostgresServer SERVER = start();

    private static PostgresServer start() {
      String kind = System.getProperty("domicile.test.postgres", "embedded");
      return switch (kind) {
        case "embedded" -> EmbeddedServer.startBusy();
        case "testcontainers" -> new ContainerServer();
        case "external" -> {
          Runtime.getRuntime().addShutdownHook(new Thread(Shared::dropTemplates));
          yield new ExternalServer();
        }
        default ->
            throw new IllegalArgumentException(
                "domicile.test.postgres is '"
                    + kind
                    + "'; expected embedded, testcontainers or external");
      };
    }

    /** On a server that outlives this JVM. */
    private static void dropTemplates() {
      TEMPLATES.values().forEach(SERVER::dropDatabase);
    }
  }
}
