package dev.domicile.router;

import dev.domicile.testkit.Database;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** The router of a node in a JVM of its own, which answers each line that it is told with one. */
final class RouteNode implements AutoCloseable {
  private final Router router;
  private final Random random = new Random();
  private final int routes;
  private volatile boolean closed;

  private RouteNode(RouterConfig config, int routes) {
    this.router = new Router(config);
    this.routes = routes;
    for (int i = 0; i < 4; i++) {
      Thread reader = new Thread(this::read, "reader-" + i);
      reader.setDaemon(true);
      reader.start();
    }
  }

  static TenantId tenant(int number) {
    return new TenantId("tenant-" + number);
  }

  /**
   * Serves until its input ends.
   *
   * @param args the control database's URL, role and password, how many tenants its threads ask
   *     for, how many routes it caches, the poll interval in milliseconds
   */
  public static void main(String[] args) throws Exception {
    DatabaseConfig control = Site.config(new Database("control", args[0], args[1], args[2]));
    Duration poll = Duration.ofMillis(Long.parseLong(args[5]));
    RouterConfig config =
        new RouterConfig(control, Map.of(Site.US, control))
            .withCache(
                CacheConfig.DEFAULT
                    .withMaximumSize(Long.parseLong(args[4]))
                    .withLoadTimeout(Duration.ofMinutes(1))
                    .withStaleness(poll.multipliedBy(3).plusMinutes(15)))
            .withFeed(new FeedConfig(true, poll));
    PrintStream out = System.out;
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (RouteNode node = new RouteNode(config, Integer.parseInt(args[3]))) {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        out.println("answer " + node.answer(order));
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    router.close();
  }

  private String answer(String order) throws SQLException {
    return switch (order) {
      case "cached" -> String.valueOf(router.cache().routes().size());
      case "stale" -> stale();
      default -> {
        Route route = router.resolve(new TenantId(order));
        yield route.realm() + " " + route.epoch();
      }
    };
  }

  /** How many routes are cached, and the tenants among them of whom the table says otherwise. */
  private String stale() {
    Map<TenantId, Route> truth = new HashMap<>();
    router.routes().list().forEach(route -> truth.put(route.tenant(), route));
    StringBuilder stale = new StringBuilder();
    int cached = 0;
    for (Route route : router.cache().routes()) {
      cached++;
      Optional<Route> right = Optional.ofNullable(truth.get(route.tenant()));
      if (!right.equals(Optional.of(route))) {
        stale.append(' ').append(route).append(" but ").append(right);
      }
    }
    return cached + " cached, stale:" + stale;
  }

  /** Asks for tenants at random, so that loads, evictions and changes meet. */
  private void read() {
    for (int i = 0; !closed && routes > 0; i++) {
      try {
        var unused = router.resolve(tenant(random.nextInt(routes)));
        // Leaves the processor to the others as well.
        Thread.sleep(i % 20 == 0 ? 1 : 0);
      } catch (UnknownTenantException e) {
        // It was removed; it comes back some time.
        Thread.onSpinWait();
      } catch (InterruptedException e) {
        return;
      } catch (RouteUnavailableException e) {
        if (!closed) {
          throw new IllegalStateException(e);
        }
      }
    }
  }
}
