package dev.domicile.router;

import static dev.domicile.sql.control.Tables.ROUTE;

import dev.domicile.sql.control.tables.records.RouteRecord;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** The routes in the control database: the one place that says where a tenant lives. */
public final class RouteTable {
  private final DSLContext control;

  /** Routes in the database that the context reaches. */
  public RouteTable(DSLContext control) {
    this.control = control;
  }

  /** The tenant's route, if it has one. */
  public Optional<Route> find(TenantId tenant) {
    return read(List.of(tenant)).stream().flatMap(row -> row.route().stream()).findAny();
  }

  /** All routes, by client key. */
  public List<Route> list() {
    return control
        .selectFrom(ROUTE)
        .where(ROUTE.STATE.ne(RouteRow.REMOVED))
        .orderBy(ROUTE.CLIENT_KEY)
        .fetch(RouteTable::row)
        .stream()
        .flatMap(Optional::stream)
        .flatMap(row -> row.route().stream())
        .toList();
  }

  /** Gives a tenant a route; returns false, and changes nothing, if it has one. */
  public boolean add(TenantId tenant, Realm realm) {
    return control
            .insertInto(ROUTE)
            .set(ROUTE.CLIENT_KEY, tenant.clientKey())
            .set(ROUTE.REALM, realm.name())
            .onConflict(ROUTE.CLIENT_KEY)
            .doUpdate()
            .set(ROUTE.REALM, realm.name())
            .set(ROUTE.STATE, Route.State.ACTIVE.name())
            .set(ROUTE.EPOCH, ROUTE.EPOCH.plus(1))
            .where(ROUTE.STATE.eq(RouteRow.REMOVED))
            .execute()
        == 1;
  }

  /**
   * Forgets where the tenant lives, if its route is still the given one. A route that the tenant
   * gets later has a higher epoch than any it had before.
   */
  public boolean remove(Route expected) {
    return control
            .update(ROUTE)
            .setNull(ROUTE.REALM)
            .set(ROUTE.STATE, RouteRow.REMOVED)
            .set(ROUTE.EPOCH, expected.epoch() + 1)
            .where(isStill(expected))
            .execute()
        == 1;
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

  /** The rows of these tenants, those of removed routes included. */
  List<RouteRow> read(Collection<TenantId> tenants) {
    String[] keys = tenants.stream().map(TenantId::clientKey).toArray(String[]::new);
    return control
        .selectFrom(ROUTE)
        .where(ROUTE.CLIENT_KEY.eq(DSL.any(keys)))
        .fetch(RouteTable::row)
        .stream()
        .flatMap(Optional::stream)
        .toList();
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

  private static Condition isStill(Route expected) {
    return ROUTE
        .CLIENT_KEY
        .eq(expected.tenant().clientKey())
        .and(ROUTE.EPOCH.eq(expected.epoch()))
        .and(ROUTE.REALM.eq(expected.realm().name()))
        .and(ROUTE.STATE.ne(RouteRow.REMOVED));
  }

  private static Optional<RouteRow> row(RouteRecord row) {
    return RouteRow.of(
        row.getClientKey(),
        row.getRealm(),
        row.getState(),
        row.getEpoch(),
        row.getSince().toInstant());
  }
}
