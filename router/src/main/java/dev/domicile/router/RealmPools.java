package dev.domicile.router;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pool per realm. A realm that is down costs the others nothing. */
final class RealmPools {
  private static final Logger LOG = LoggerFactory.getLogger(RealmPools.class);

  private final Map<Realm, RealmPool> pools = new ConcurrentHashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final SessionConfig sessions;
  private final Refusals refusals;
  private final Consumer<TenantId> fenced;

  /**
   * Pools.
   *
   * @param fenced is given the tenant of whom a realm's fence refused a statement
   */
  RealmPools(
      Map<Realm, DatabaseConfig> realms,
      SessionConfig sessions,
      Refusals refusals,
      Consumer<TenantId> fenced) {
    this.sessions = sessions;
    this.refusals = refusals;
    this.fenced = fenced;
    realms.forEach(this::add);
  }

  /**
   * A connection to the database of the route's realm, for the route's tenant.
   *
   * @throws UnknownRealmException if the realm is not configured
   * @throws RealmUnavailableException if its database gives none
   */
  Connection lend(Route route) throws SQLException {
    RealmPool pool = pools.get(route.realm());
    if (pool == null) {
      throw refusals.count(Refusal.UNKNOWN_REALM, new UnknownRealmException(route));
    }
    try {
      return pool.lend(route.tenant());
    } catch (RealmUnavailableException e) {
      throw refusals.count(Refusal.REALM_UNAVAILABLE, e);
    }
  }

  /** Adds a realm; fails if it is there. */
  void add(Realm realm, DatabaseConfig database) {
    pools.compute(
        realm,
        (key, present) -> {
          if (present != null) {
            throw new IllegalStateException(
                "realm " + realm + " is configured already; remove it first");
          }
          return new RealmPool(realm, database, sessions, this::noteRefused);
        });
    announce("realm_added", realm);
  }

  /** Removes a realm and closes its pool; returns false if it is not there. */
  boolean remove(Realm realm) {
    RealmPool pool = pools.remove(realm);
    if (pool == null) {
      return false;
    }
    announce("realm_removed", realm);
    pool.close();
    return true;
  }

  Set<Realm> realms() {
    return Collections.unmodifiableSet(pools.keySet());
  }

  Collection<RealmPool> all() {
    return Collections.unmodifiableCollection(pools.values());
  }

  /** Calls the listener after each change of the realms. */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private void noteRefused(TenantId tenant) {
    refusals.note(Refusal.TENANT_FENCED);
    fenced.accept(tenant);
  }

  private void announce(String event, Realm realm) {
    LOG.atInfo().addKeyValue("event", event).addKeyValue("realm", realm).log("Realms changed");
    listeners.forEach(Runnable::run);
  }
}
