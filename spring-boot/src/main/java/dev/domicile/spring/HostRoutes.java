package dev.domicile.spring;

import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteTable;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.exception.DataChangedException;

/**
 * Gives a tenant its realm while Atlassian's library installs it. To be called by the application's
 * {@code AtlassianHostRepository} when it saves a host, in the same transaction of the control
 * database: then a host that is installed has a route, and one that is not has none.
 *
 * <p>The realm is the one whose base URL the call came to, as with Domicile's own lifecycle; a
 * tenant that has a route keeps it. Boot's own executor takes that realm along to the thread on
 * which the library saves. An application with a {@code TaskDecorator} of its own has to combine
 * the two. Thread-safe.
 */
public final class HostRoutes {
  private static final int ATTEMPTS = 3;

  private final Router router;

  HostRoutes(Router router) {
    this.router = router;
  }

  /**
   * Gives the tenant a route, if it has none.
   *
   * @param transaction a transaction of the control database
   * @return the realm in which the tenant lives
   * @throws IllegalStateException if the tenant has no route and either no call of Atlassian's is
   *     being worked on by this thread, or the realm that it came to has no database on this node
   */
  public Realm installed(DSLContext transaction, TenantId tenant) {
    RouteTable routes = new RouteTable(transaction);
    Optional<Route> known = routes.find(tenant);
    if (known.isPresent()) {
      return known.get().realm();
    }
    Realm arrival =
        ArrivalFilter.arrival()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "which realm tenant '"
                            + tenant
                            + "' was installed in is not known on this thread; is there another"
                            + " TaskDecorator than Domicile's?"));
    if (!router.realms().contains(arrival)) {
      throw new IllegalStateException(
          "tenant '"
              + tenant
              + "' would live in realm "
              + arrival
              + ", which has no database here");
    }
    routes.add(tenant, arrival);
    return routes.find(tenant).orElseThrow().realm();
  }

  /**
   * Takes the tenant's route away, if it has one.
   *
   * @param transaction a transaction of the control database
   */
  public void uninstalled(DSLContext transaction, TenantId tenant) {
    RouteTable routes = new RouteTable(transaction);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Route> route = routes.find(tenant);
      if (route.isEmpty() || routes.remove(route.get())) {
        return;
      }
    }
    throw new DataChangedException(
        "the route of tenant '" + tenant + "' changes too often to be removed; try again");
  }
}
