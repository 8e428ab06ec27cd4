package dev.domicile.benchmarks;

import dev.domicile.router.CacheConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.FeedConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A node that caches all routes and notes when it sees which epoch of some of them.
 *
 * <p>Moments are those of {@link System#nanoTime}: on Linux and macOS all JVMs of a machine read
 * the same clock, which nobody sets.
 */
final class RouteNode {
  static final Realm FROM = new Realm("EU");
  static final Realm TO = new Realm("US");

  private static final Duration LOOK_INTERVAL = Duration.ofMillis(1);

  private final Router router;
  private final int routes;
  private final TenantId[] watched;
  private final List<String> seen = new ArrayList<>();
  private final Thread watcher = new Thread(this::watch, "watcher");

  private RouteNode(Router router, int routes, int step) throws SQLException {
    this.router = router;
    this.routes = routes;
    List<TenantId> every = new ArrayList<>();
    for (int i = 0; i < routes; i += step) {
      every.add(RoutingSetup.tenant(i));
    }
    this.watched = every.toArray(TenantId[]::new);
    var unused = RoutingSetup.warm(router, routes);
    watcher.setDaemon(true);
  }

  /**
   * Serves until its input ends.
   *
   * @param args the control database's URL, how many routes there are, every how many of them one
   *     is watched, and the poll interval in milliseconds
   */
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    // Nobody asks for a connection to a realm.
    DatabaseConfig database =
        new DatabaseConfig(
            args[0],
            PostgresServer.ROLE,
            PostgresServer.PASSWORD,
            new PoolConfig(2, Duration.ofSeconds(5)).withMinimumIdle(0));
    RouterConfig config =
        new RouterConfig(database, Map.of(FROM, database))
            .withCache(CacheConfig.DEFAULT.withMaximumSize(2L * Integer.parseInt(args[1])))
            .withFeed(new FeedConfig(true, Duration.ofMillis(Long.parseLong(args[3]))));
    try (Router router = new Router(config)) {
      RouteNode node = new RouteNode(router, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      node.watcher.start();
      out.println("ready");
      node.serve(out);
    }
  }

  private void serve(PrintStream out) throws IOException, SQLException {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (true) {
      String order = orders.readLine();
      if (order == null) {
        return;
      }
      switch (order) {
        case "seen" -> {
          synchronized (seen) {
            seen.forEach(out::println);
          }
          out.println("seen");
        }
        case "check" -> {
          check().forEach(out::println);
          out.println("checked");
        }
        default -> throw new IllegalArgumentException(order);
      }
    }
  }

  private void watch() {
    long[] epochs = new long[watched.length];
    while (true) {
      for (int i = 0; i < watched.length; i++) {
        try {
          long epoch = router.resolve(watched[i]).epoch();
          if (epoch != epochs[i]) {
            epochs[i] = epoch;
            long now = System.nanoTime();
            synchronized (seen) {
              seen.add(watched[i] + " " + epoch + " " + now);
            }
          }
        } catch (SQLException e) {
          throw new IllegalStateException("A warm route was refused", e);
        }
      }
      LockSupport.parkNanos(LOOK_INTERVAL.toNanos());
    }
  }

  /** The tenants whose cached routes are not those of the table. */
  private List<String> check() throws SQLException {
    List<String> stale = new ArrayList<>();
    List<Route> truth = router.routes().list();
    if (truth.size() != routes) {
      throw new IllegalStateException(truth.size() + " routes, expected " + routes);
    }
    for (Route route : truth) {
      if (!router.resolve(route.tenant()).equals(route)) {
        stale.add(route.tenant().clientKey());
      }
    }
    return stale;
  }
}
