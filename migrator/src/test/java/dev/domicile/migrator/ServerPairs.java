package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.US;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.PostgresServer;
import dev.domicile.testkit.TestDatabases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Servers of several versions, each started when it is first needed, and databases on them in which
 * Domicile's own tables are there already. All tests of a JVM share the servers, which stop when it
 * ends.
 */
final class ServerPairs implements AutoCloseable {
  private static final String SHARED = "shared";
  private static final Pair BACK = new Pair("18", "14");

  private static final Map<String, PostgresServer> SERVERS = new ConcurrentHashMap<>();
  private static final Map<Template, Database> TEMPLATES = new ConcurrentHashMap<>();
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final List<Pair> configured =
      Pattern.compile(",")
          .splitAsStream(System.getProperty("domicile.test.servers", "14>18"))
          .map(Pair::parse)
          .toList();

  /** The versions of the server that rows leave and of that which they go to. */
  record Pair(String source, String target) {
    static Pair parse(String text) {
      int arrow = text.indexOf('>');
      return new Pair(text.substring(0, arrow), text.substring(arrow + 1));
    }

    boolean isAtLeast(int version) {
      return Stream.of(source, target)
          .allMatch(end -> end.equals(SHARED) || Integer.parseInt(end) >= version);
    }

    @Override
    public String toString() {
      return source + ">" + target;
    }
  }

  /**
   * The pairs for a schema that takes a version.
   *
   * @param bothWays whether to go from the newest to the oldest as well
   */
  List<Pair> pairs(int since, boolean bothWays) {
    List<Pair> pairs = new ArrayList<>(configured);
    if (bothWays && !pairs.contains(BACK)) {
      pairs.add(BACK);
    }
    pairs.removeIf(pair -> !pair.isAtLeast(since));
    return pairs.isEmpty() ? List.of(new Pair("18", "18")) : pairs;
  }

  /** Fresh databases on the two servers, and one for routes beside the source. */
  Realms realms(Pair pair) {
    PostgresServer source = server(pair.source());
    PostgresServer target = server(pair.target());
    return new Realms(
        source,
        copyOf(pair.source(), source, "control"),
        copyOf(pair.source(), source, "us"),
        target,
        copyOf(pair.target(), target, "eu"));
  }

  private record Template(String version, String name) {}

  /** Three databases that are dropped when they are closed. */
  record Realms(
      PostgresServer source, Database control, Database us, PostgresServer target, Database eu)
      implements AutoCloseable {

    /** Small chunks, and a purge at once. */
    MigratorConfig config(TableRules rules, boolean superuser) {
      Map<Realm, DatabaseConfig> realms =
          Map.of(
              US, TwoRealms.config(superuser ? source.asSuperuser(us) : us),
              EU, TwoRealms.config(superuser ? target.asSuperuser(eu) : eu));
      return new MigratorConfig(TwoRealms.config(control), realms, rules)
          .withCopy(new CopySettings(7, 64L << 10, 2))
          .withCutover(CaptureWay.on(source, CaptureWay.USUAL))
          .withRetention(Duration.ZERO);
    }

    @Override
    public void close() {
      source.dropDatabase(control);
      source.dropDatabase(us);
      target.dropDatabase(eu);
    }
  }

  /** Drops what was made on the shared server; the others go with the JVM. */
  @Override
  public void close() {
    for (Map.Entry<Template, Database> template : Map.copyOf(TEMPLATES).entrySet()) {
      if (template.getKey().version().equals(SHARED)) {
        server(SHARED).dropDatabase(template.getValue());
        TEMPLATES.remove(template.getKey());
      }
    }
  }

  private static PostgresServer server(String version) {
    return SERVERS.computeIfAbsent(
        version,
        name ->
            name.equals(SHARED)
                ? TestDatabases.server()
                : EmbeddedServer.startBusy(Path.of("target", "postgres", name + ".jar")));
  }

  private static Database copyOf(String version, PostgresServer server, String name) {
    Database template =
        TEMPLATES.computeIfAbsent(new Template(version, name), key -> initialized(server, name));
    return server.cloneDatabase(unique(name), template);
  }

  /** A realm database needs no more than Domicile's schema; so does the control database. */
  private static Database initialized(PostgresServer server, String name) {
    Database made = server.createDatabase(unique(name + "_template"));
    Database other = server.createDatabase(unique("unused"));
    Database control = name.equals("control") ? made : other;
    Database realm = name.equals("control") ? other : made;
    MigratorConfig config =
        new MigratorConfig(
            TwoRealms.config(control), Map.of(US, TwoRealms.config(realm)), TableRules.DEFAULT);
    new Migrator(config, "test").init(false);
    server.dropDatabase(other);
    return made;
  }

  private static String unique(String name) {
    return "case_%s_%d_%d"
        .formatted(name, ProcessHandle.current().pid(), COUNTER.incrementAndGet());
  }
}
