package dev.domicile.router;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the control database says of a tenant at some moment.
 *
 * @param epoch of two rows of one tenant the one with the higher epoch is the later one
 * @param route nothing if the route was removed
 */
record RouteRow(TenantId tenant, long epoch, Optional<Route> route) {
  /** The state of a row that stands for no route. */
  static final String REMOVED = "REMOVED";

  private static final Logger LOG = LoggerFactory.getLogger(RouteRow.class);

  /** Reads a row; one that someone wrote by hand and wrongly stands for no route (promise P6). */
  static Optional<RouteRow> of(
      String clientKey, @Nullable String realm, String state, long epoch, Instant since) {
    TenantId tenant;
    try {
      tenant = new TenantId(clientKey);
    } catch (IllegalArgumentException e) {
      LOG.error("A route is ignored: {}", e.getMessage());
      return Optional.empty();
    }
    if (realm == null || state.equals(REMOVED)) {
      return Optional.of(new RouteRow(tenant, epoch, Optional.empty()));
    }
    try {
      Route route = new Route(tenant, new Realm(realm), Route.State.valueOf(state), epoch, since);
      return Optional.of(new RouteRow(tenant, epoch, Optional.of(route)));
    } catch (IllegalArgumentException e) {
      LOG.error("The route of tenant '{}' is ignored: {}", tenant, e.getMessage());
      return Optional.of(new RouteRow(tenant, epoch, Optional.empty()));
    }
  }
}
