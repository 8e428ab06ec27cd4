package dev.domicile.router;

import static dev.domicile.sql.control.Tables.ROUTE;

import dev.domicile.sql.control.tables.records.RouteRecord;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/** The routes in the control database: the one place that says where a tenant lives. */
public final class RouteTable {
  private final DSLContext control;

  /** Routes in the database that the context reaches. */
  public RouteTable(DSLContext control) {
    this.control = control;
  }

  /** The tenant's route, if it has one. */
  public Optional<Route> find(TenantId tenant) {
    return control
        .selectFrom(ROUTE)
        .where(ROUTE.CLIENT_KEY.eq(tenant.clientKey()))
        .fetchOptional(RouteTable::route);
  }

  /** All routes, by client key. */
  public List<Route> list() {
    return control.selectFrom(ROUTE).orderBy(ROUTE.CLIENT_KEY).fetch(RouteTable::route);
  }

  /** Gives a tenant its first route; returns false, and changes nothing, if it has one. */
  public boolean add(TenantId tenant, Realm realm) {
    return control
            .insertInto(ROUTE)
            .set(ROUTE.CLIENT_KEY, tenant.clientKey())
            .set(ROUTE.REALM, realm.name())
            .onConflictDoNothing()
            .execute()
        == 1;
  }

  /** Forgets the route, if it is still the given one. */
  public boolean remove(Route expected) {
    return control.deleteFrom(ROUTE).where(isStill(expected)).execute() == 1;
  }

  /**
   * Points the route to another realm, if it is still the given one: a compare-and-set on its epoch
   * (promise P5). Takes part in the transaction of the context.
   *
   * @return whether it was still the given one
   */
  public boolean moveTo(Route expected, Realm realm) {
    return change(expected, realm, Route.State.ACTIVE);
  }

  /** Freezes or thaws the tenant, if its route is still the given one. */
  public boolean setState(Route expected, Route.State state) {
    return change(expected, expected.realm(), state);
  }

  private boolean change(Route expected, Realm realm, Route.State state) {
    return control
            .update(ROUTE)
            .set(ROUTE.REALM, realm.name())
            .set(ROUTE.STATE, state.name())
            .set(ROUTE.EPOCH, expected.epoch() + 1)
            .where(isStill(expected))
            .execute()
        == 1;
  }

  private static org.jooq.Condition isStill(Route expected) {
    return ROUTE.CLIENT_KEY.eq(expected.tenant().clientKey()).and(ROUTE.EPOCH.eq(expected.epoch()));
  }

  private static Route route(RouteRecord row) {
    return new Route(
        new TenantId(row.getClientKey()),
        new Realm(row.getRealm()),
        Route.State.valueOf(row.getState()),
        row.getEpoch(),
        row.getSince().toInstant());
  }
}
