package dev.domicile.migrator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WindowClosed;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.ControlDatabase;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.migrator.state.OrderStore;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteTable;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jooq.DSLContext;

/**
 * Migrations that somebody else orders and somebody else again carries out: an order is written
 * down at once, in the control database and nowhere else, and {@link #carryOut} does the work,
 * later, on any node, as often as need be. Thread-safe.
 *
 * <p>Methods throw {@link MigrationException}.
 */
public final class Orders {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final MigratorConfig config;
  private final InstantSource clock;
  private final RouteTable routes;
  private final OrderStore orders;
  private final MigrationStore migrations;

  /**
   * Orders in the control database.
   *
   * @param control connections to the control database of the configuration, such as a pool's; the
   *     caller bounds how long they take
   * @param actor who the audit trail says it was
   */
  public Orders(MigratorConfig config, DataSource control, String actor, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    DSLContext context = ControlDatabase.over(config.control(), control);
    this.routes = new RouteTable(context);
    this.orders = new OrderStore(context, actor);
    this.migrations = new MigrationStore(context, actor);
  }

  /** Whether tenants can be moved to the realm from here. */
  public boolean isConfigured(Realm realm) {
    return config.realms().containsKey(realm);
  }

  /** The tenant's newest order. */
  public Optional<Order> newest(TenantId tenant) {
    return orders.newest(tenant);
  }

  /** The tenant's order of that number. */
  public Optional<Order> find(TenantId tenant, long externalId) {
    return orders.find(tenant, externalId);
  }

  /** All orders that something is left to be done for. */
  public List<Order> open() {
    return orders.open();
  }

  /** The order as it is now. */
  public Order now(long migrationId) {
    return orders.now(migrationId);
  }

  /**
   * Writes down a new order.
   *
   * @param atMost how many migrations of all tenants may be open whose windows overlap
   * @return the order, or nothing if there are as many
   * @throws InvalidRequest if the tenant has no route, or a realm is not configured
   * @throws MigrationException.WrongState if the tenant has a migration that is not over
   */
  public Optional<Order> place(OrderRequest request, int atMost) {
    Route route =
        routes
            .find(request.tenant())
            .orElseThrow(
                () -> new InvalidRequest("tenant '" + request.tenant() + "' has no route"));
    Realms.require(config, request.target());
    boolean copies = !OneDatabase.isConfigured(config, route.realm(), request.target());
    return orders.place(route, request, copies, atMost);
  }

  /**
   * Asks for the copy, to be ready at the end of the window or when the longest time is over.
   *
   * @return false if it was asked for before, or more was
   */
  public boolean wantCopy(Order order, Duration longest) {
    return orders.wantCopy(order, clock.instant().plus(longest));
  }

  /**
   * Asks for the commit, of a copy that is ready in time.
   *
   * @return false if it is not, or the commit was asked for before, or more was
   */
  public boolean wantCommit(Order order) {
    return orders.wantCommit(order, clock.instant());
  }

  /**
   * Asks for the rollback, from any state in which the route has not changed.
   *
   * @return false if it was asked for before, or the migration is over
   */
  public boolean wantRollback(Order order) {
    return orders.wantRollback(order);
  }

  /**
   * Asks that a commit be taken back, while its soak lasts and as long as no later migration of the
   * tenant was scheduled. If it turns out that it cannot be, the commit is wanted again.
   *
   * @return false if it is final, or that was asked for before
   */
  public boolean wantReturn(Order order) {
    return orders.wantReturn(order, clock.instant().minus(config.cutover().soak()));
  }

  /**
   * Gives an order up for good; the rollback follows.
   *
   * @return false if something else is wanted now than when the order was read
   */
  public boolean fail(Order order, String errorCode) {
    return orders.fail(order, errorCode);
  }

  /** Gives up an order whose window is over, unless its commit was asked for in time. */
  public boolean expire(Order order, String errorCode) {
    return orders.expire(order, errorCode, clock.instant());
  }

  /** Whether the order's copy may still be reported as ready. */
  public boolean isInTime(Order order) {
    return clock.instant().isBefore(order.migration().windowEnd());
  }

  /**
   * Does what is wanted, if it is this; takes as long as it takes. Called again after an
   * interruption, here or elsewhere, it goes on where it stopped.
   *
   * @return the order as it is then
   */
  public Order carryOut(long migrationId, Wanted step, Progress.Listener listener) {
    Order order = orders.now(migrationId);
    Migration migration = order.migration();
    if (order.wanted() != step || isDone(migration, step)) {
      return order;
    }
    MigrationRun run = new MigrationRun(config, clock, migrations);
    switch (step) {
      case SCHEDULE -> {}
      case COPY -> {
        if (migration.state() != MigrationState.READY_TO_COMMIT) {
          requireInTime(order);
          run.copy(migration, listener);
        }
      }
      case COMMIT -> run.commit(migration);
      case ROLLBACK -> rollback(run, order, listener);
    }
    return orders.now(migrationId);
  }

  /**
   * Looks at the move before it is made, and keeps what it found with the order.
   *
   * @param longest how long the copy may take at most, however long the window is
   */
  public OrderAssessment assess(Order order, Duration longest) {
    Migration migration = order.migration();
    Assessment assessment =
        new Assessor(config)
            .assess(migration.tenant(), migration.source(), migration.target(), null);
    Duration window = Duration.between(migration.windowStart(), migration.windowEnd());
    Forecast forecast;
    try (RealmSession source = Realms.open(config, migration.source())) {
      forecast =
          new Forecaster(orders.rates())
              .forecast(
                  source, assessment.plan(), window.compareTo(longest) < 0 ? window : longest);
    }
    OrderAssessment found =
        new OrderAssessment(
            assessment.findings(),
            assessment.stopping(config.tables().acceptedWarnings()),
            forecast);
    orders.keepAssessment(order, json(found));
    return found;
  }

  /**
   * Keeps how far the running phase is, for whoever asks on another node.
   *
   * @param rowsBefore how far it was when this node took it up
   * @param elapsed how long ago that was
   */
  public void keepProgress(Order order, Progress progress, long rowsBefore, Duration elapsed) {
    orders.keepProgress(order, json(OrderProgress.of(progress, rowsBefore, elapsed)));
  }

  /**
   * Keeps how much of what tenants have written waits to be taken along, for whoever asks on
   * another node; one look into each realm.
   */
  public void keepLags(List<Order> open) {
    Map<Migration, ChangeLog.Lag> lags =
        new Reports(config, migrations).lags(open.stream().map(Order::migration).toList());
    for (Order order : open) {
      ChangeLog.Lag lag = lags.get(order.migration());
      if (lag != null) {
        orders.keepProgress(order, json(Map.of("lag", lag)));
      }
    }
  }

  /** Takes down the fences that were kept of commits that were taken back, once that is over. */
  public void lowerOldFences() {
    new OldFences(config, clock, migrations).lowerForgotten();
  }

  private void rollback(MigrationRun run, Order order, Progress.Listener listener) {
    try {
      run.rollback(order.migration(), listener);
    } catch (MigrationException e) {
      if (!e.isPassing() && !(e instanceof TakenOver)) {
        // A commit that cannot be taken back stands: nothing is wanted of it any more.
        orders.letBe(order);
      }
      throw e;
    }
  }

  private static boolean isDone(Migration migration, Wanted step) {
    return switch (step) {
      case COMMIT -> migration.state().isOver() && !migration.needsFinish();
      case ROLLBACK -> migration.state().isOver() && migration.state() != MigrationState.COMMITTED;
      case SCHEDULE, COPY -> migration.state().isOver();
    };
  }

  private void requireInTime(Order order) {
    if (!isInTime(order)) {
      throw new WindowClosed(
          "the window of "
              + order.migration()
              + " closed at "
              + order.migration().windowEnd()
              + "; schedule a longer one");
    }
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of numbers and texts can be written as JSON", e);
    }
  }
}
