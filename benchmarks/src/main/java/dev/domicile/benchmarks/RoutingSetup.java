package dev.domicile.benchmarks;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteUnavailableException;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * The databases of the routing benchmarks, by URL, since a benchmark runs in a JVM of its own.
 *
 * @param control the control database
 * @param realm the database of the only realm
 */
record RoutingSetup(String control, String realm) {
  static final Realm REALM = new Realm("EU");

  /** Large enough that no thread waits for another one. */
  static final PoolConfig POOL = new PoolConfig(8, Duration.ofSeconds(5));

  private static final int CALLERS = 64;
  private static final int ATTEMPTS = 100;

  static TenantId tenant(int number) {
    return new TenantId("tenant-" + number);
  }

  /** Makes Domicile's tables and as many routes. */
  static void prepare(Database control, Realm realm, int tenants) {
    DomicileSchema.CONTROL.migrate(config(control.url()).unpooled("benchmarks"));
    control.execute(
        """
        INSERT INTO domicile.route (client_key, realm)
        SELECT 'tenant-' || i, '%s' FROM generate_series(0, %d) AS i
        """
            .formatted(realm, tenants - 1));
    control.execute("ANALYZE domicile.route");
  }

  Router open() {
    return new Router(new RouterConfig(config(control), Map.of(REALM, config(realm))));
  }

  /** Has the router cache the routes of the first tenants. */
  static List<Route> warm(Router router, int tenants) throws SQLException {
    // The router reads those that are waited for at the same time with one query.
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Future<Route>> asked =
          IntStream.range(0, tenants)
              .mapToObj(i -> callers.submit(() -> patiently(router, tenant(i))))
              .toList();
      List<Route> routes = new ArrayList<>();
      for (Future<Route> route : asked) {
        routes.add(route.get());
      }
      return routes;
    } catch (InterruptedException | ExecutionException e) {
      throw new SQLException("the routes could not be cached", e);
    } finally {
      callers.shutdownNow();
    }
  }

  /** A JVM that has just started on a busy machine may take its time for the first query. */
  private static Route patiently(Router router, TenantId tenant)
      throws SQLException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return router.resolve(tenant);
      } catch (RouteUnavailableException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  static DatabaseConfig config(String url) {
    return new DatabaseConfig(url, PostgresServer.ROLE, PostgresServer.PASSWORD, POOL);
  }
}
