package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.DatabaseUnavailable;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TenantPolicies;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.ControlDatabase;
import dev.domicile.migrator.state.History;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteTable;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves tenants between realms. Every method may be called again after a crash, on any node: what
 * was done is in the databases.
 *
 * <p>Methods throw {@link MigrationException}, whose message names the thing and the cure.
 */
public final class Migrator {
  private static final Logger LOG = LoggerFactory.getLogger(Migrator.class);
  private static final Duration FURTHEST = Duration.ofDays(366);

  private final MigratorConfig config;
  private final InstantSource clock;
  private final RouteTable routes;
  private final MigrationStore store;
  private final History history;
  private final String actor;

  /**
   * A migrator on the system's clock.
   *
   * @param actor who the audit trail says it was
   */
  public Migrator(MigratorConfig config, String actor) {
    this(config, actor, InstantSource.system());
  }

  /** A migrator on another clock. */
  public Migrator(MigratorConfig config, String actor, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    DSLContext control = ControlDatabase.open(config.control());
    this.routes = new RouteTable(control);
    this.store = new MigrationStore(control, actor);
    this.history = new History(control);
    this.actor = actor;
  }

  /** The routes. */
  public RouteTable routes() {
    return routes;
  }

  /**
   * Brings Domicile's own schemas to the newest version in all databases.
   *
   * @param dryRun whether to count only
   * @return how many scripts were applied, or would be, by the database's name
   */
  public Map<String, Integer> init(boolean dryRun) {
    return DomicileSchemas.init(config, dryRun);
  }

  /** Looks at a move before it is made; reads, and changes nothing. */
  public Assessment assess(TenantId tenant, Realm target) {
    Route route = route(tenant);
    requireOther(route, target);
    return new Assessor(config).assess(tenant, route.realm(), target, null);
  }

  /**
   * Looks at a move by a plan that was saved and perhaps edited. Its tables' paths, {@code binary},
   * {@code chunked} and what is left out override what would be planned.
   */
  public Assessment assess(TenantId tenant, Realm target, Plan given) {
    Route route = route(tenant);
    requireOther(route, target);
    return new Assessor(config).assess(tenant, route.realm(), target, given);
  }

  /**
   * Keeps a plan that was saved, and perhaps edited, as the one that the tenant's migration
   * follows.
   *
   * @throws MigrationException.Refused if it does not fit the tables, or something stops the move
   * @throws WrongState if the migration follows another one already
   */
  public void follow(TenantId tenant, Plan given) {
    new Plans(config, store).keep(migration(tenant), given);
  }

  /**
   * Writes policies of row-level security for the tenants' tables of a realm; reads, and changes
   * nothing.
   *
   * @param forced whether the tables' owner is bound as well
   */
  public RowSecurity policies(Realm realm, boolean forced) {
    try (RealmSession session = Realms.open(config, realm)) {
      return new TenantPolicies(session, realm, config.tables()).write(forced);
    }
  }

  /** Looks how the realms' sequences hand out ids; changes nothing. */
  public Stride stride() {
    try (Strides strides = new Strides(config)) {
      return strides.look();
    }
  }

  /**
   * Makes the realms' sequences hand out disjoint ids from now on. Ids that are there stay as they
   * are.
   *
   * @param step the difference between two ids of a realm, at least the number of databases
   */
  public Stride stride(int step) {
    try (Strides strides = new Strides(config)) {
      return strides.set(step);
    }
  }

  /** Writes a migration down, to be started within the window. */
  public Migration schedule(TenantId tenant, Realm target, Instant windowStart, Instant windowEnd) {
    Route route = route(tenant);
    requireOther(route, target);
    if (!windowEnd.isAfter(windowStart)
        || !windowEnd.isAfter(clock.instant())
        || windowEnd.isAfter(clock.instant().plus(FURTHEST))) {
      throw new InvalidRequest(
          "the window from "
              + windowStart
              + " to "
              + windowEnd
              + " is empty, over or more than a year ahead; give another one");
    }
    boolean copies = !OneDatabase.isConfigured(config, route.realm(), target);
    return logged(store.schedule(route, target, windowStart, windowEnd, copies));
  }

  /**
   * Copies the tenant's rows until the copy is complete and verified. After an interruption it goes
   * on where it stopped: by itself where a server was away for no longer than {@link
   * CopySettings#patience()}, else when it is called again. On a finished copy it does nothing.
   */
  public Migration start(TenantId tenant, Progress.Listener listener) {
    Outage outage = new Outage(config.copy().patience());
    while (true) {
      try {
        return startOnce(
            tenant,
            progress -> {
              outage.worked();
              listener.progressed(progress);
            });
      } catch (DatabaseUnavailable e) {
        outage.await(e);
      }
    }
  }

  private Migration startOnce(TenantId tenant, Progress.Listener listener) {
    Migration migration = migration(tenant);
    if (migration.state() == MigrationState.READY_TO_COMMIT) {
      return migration;
    }
    requireUnder(migration, MigrationState.COPYING);
    if (clock.instant().isBefore(migration.windowStart())) {
      throw new WrongState(
          "the window of "
              + migration
              + " opens at "
              + migration.windowStart()
              + "; start it then");
    }
    return logged(run().copy(migration, listener));
  }

  /**
   * Switches the tenant over: takes along what changed since the copy, fences it at the source for
   * a moment, and flips the route. On a committed migration it does nothing, but finish what a
   * process that died has left.
   */
  public Migration commit(TenantId tenant, Progress.Listener listener) {
    Migration migration = migration(tenant);
    if (migration.state() != MigrationState.COMMITTED) {
      requireUnder(migration, MigrationState.COMMITTING);
    }
    return logged(run().commit(migration));
  }

  /**
   * Deletes what the migration wrote and leaves the tenant where it lives. A commit is taken back
   * first, with what the tenant has written since, as long as its soak lasts. On a migration that
   * was rolled back it does nothing.
   *
   * @throws WrongState if the migration is committed, and final
   */
  public Migration rollback(TenantId tenant, Progress.Listener listener) {
    return logged(run().rollback(migration(tenant), listener));
  }

  /**
   * Goes on with what processes that died have left half done of any tenant: finishes commits and
   * rollbacks, and takes down the fences that were kept of commits that were taken back, once their
   * retention is over. What was only being copied is left to a start.
   *
   * @param idle for how long nothing must have happened to a migration; whoever still works on it
   *     is taken over
   * @return the migrations that it went on with, as they are now; those that failed again are
   *     logged, and as they were
   */
  public List<Migration> recover(Duration idle) {
    OldFences oldFences = new OldFences(config, clock, store);
    oldFences.lowerForgotten();
    oldFences.dropUnknownSlots();
    return halfDone(idle).stream().map(this::recover).toList();
  }

  /** The migrations that {@link #recover(Duration)} would go on with. */
  public List<Migration> halfDone(Duration idle) {
    return store.known().halfDone(idle);
  }

  private Migration recover(Migration left) {
    try {
      return logged(run().goOn(left));
    } catch (MigrationException e) {
      LOG.error("{} cannot be recovered now: {}", left, e.getMessage());
      return store.now(left);
    }
  }

  /**
   * Compares the copies of the tenant's newest migration, if there are two, and looks into all
   * realms for rows where none should be. A comparison that was stopped goes on.
   *
   * @param limit how many rows that differ are named at most
   */
  public Verification verify(TenantId tenant, int limit, Progress.Listener listener) {
    return new Verifications(config, clock, store).verify(route(tenant), limit, listener);
  }

  /** Says where the tenant's data is, since when, and what became of the copies that it left. */
  public Certificate certificate(TenantId tenant, Progress.Listener listener) {
    Verification found = verify(tenant, 0, listener);
    return new Certificates(config, history).issue(route(tenant), found, clock.instant(), actor);
  }

  /**
   * Deletes those of the tenant's old copies whose retention is over.
   *
   * @return the migration whose old copy went last
   */
  public Migration purge(TenantId tenant, Progress.Listener listener) {
    return logged(
        new OldCopies(config, clock, store).purge(route(tenant), migration(tenant), listener));
  }

  /**
   * Forgets where a tenant lives; its rows stay.
   *
   * @throws WrongState if it is being moved or has an old copy
   * @throws TakenOver if the route was changed meanwhile
   */
  public void forget(Route route) {
    if (open(route.tenant()).isPresent() || !store.known().unpurged(route.tenant()).isEmpty()) {
      throw new WrongState(
          "tenant '"
              + route.tenant()
              + "' is being moved or has an old copy; roll back or purge first");
    }
    if (!routes.remove(route)) {
      throw new TakenOver(
          "the route of tenant '" + route.tenant() + "' was changed meanwhile; look again");
    }
  }

  /**
   * Makes sure that the realm is configured.
   *
   * @throws InvalidRequest if it is not
   */
  public void requireConfigured(Realm realm) {
    Realms.require(config, realm);
  }

  /** The newest migration of the tenant. */
  public Migration migration(TenantId tenant) {
    return newest(tenant)
        .orElseThrow(
            () ->
                new InvalidRequest(
                    "tenant '" + tenant + "' has no migration; schedule one, or check the name"));
  }

  /** The newest migration of the tenant, if it ever had one. */
  public Optional<Migration> newest(TenantId tenant) {
    return store.known().newest(tenant);
  }

  /** The tenant's migration that is not over, if there is one. */
  public Optional<Migration> open(TenantId tenant) {
    return newest(tenant).filter(migration -> !migration.state().isOver());
  }

  /** The newest migration of every tenant that has one. */
  public List<Migration> migrations() {
    return store.known().newestOfAll();
  }

  /**
   * What the tenant's newest migration has done; a target that is down is left out, not an error.
   */
  public MigrationReport report(TenantId tenant) {
    return new Reports(config, store).report(migration(tenant));
  }

  private MigrationRun run() {
    return new MigrationRun(config, clock, store);
  }

  private Route route(TenantId tenant) {
    return routes
        .find(tenant)
        .orElseThrow(
            () ->
                new InvalidRequest(
                    "tenant '"
                        + tenant
                        + "' is unknown; add its route with: routes add "
                        + tenant
                        + " <realm>"));
  }

  private void requireOther(Route route, Realm target) {
    Realms.require(config, target);
    if (route.realm().equals(target)) {
      throw new InvalidRequest(
          "tenant '" + route.tenant() + "' already lives in " + target + "; choose another realm");
    }
    Realms.require(config, route.realm());
  }

  private static void requireUnder(Migration migration, MigrationState next) {
    if (!migration.state().mayBecome(next)) {
      throw new WrongState(
          migration
              + " is "
              + migration.state()
              + " and cannot become "
              + next
              + (migration.state().isOver() ? "; schedule a new one" : "; see its status"));
    }
  }

  private static Migration logged(Migration migration) {
    LOG.info("{} is {}", migration, migration.state());
    return migration;
  }
}
