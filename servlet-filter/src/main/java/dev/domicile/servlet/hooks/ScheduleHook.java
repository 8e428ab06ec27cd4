package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.OrderRequest;
import dev.domicile.migrator.Orders;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.hooks.HookBody.Window;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hook {@code /schedule}: the same call again finds what the first one wrote down. */
final class ScheduleHook {
  private static final Logger log = LoggerFactory.getLogger(ScheduleHook.class);

  /** If the node that looks at a move dies meanwhile, another one looks. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(20);

  private final Orders orders;
  private final OrderLookup lookup;
  private final HookTasks tasks;
  private final HookConfig config;
  private final InstantSource clock;
  private final BoundedCalls assessments;

  ScheduleHook(
      Orders orders,
      OrderLookup lookup,
      HookTasks tasks,
      HookConfig config,
      InstantSource clock,
      BoundedCalls assessments) {
    this.orders = orders;
    this.lookup = lookup;
    this.tasks = tasks;
    this.config = config;
    this.clock = clock;
    this.assessments = assessments;
  }

  HookAnswer call(TenantId tenant, HookBody body) {
    Window window = body.window();
    if (window == null) {
      return HookAnswer.malformed();
    }
    if (!config.enabled()) {
      return HookAnswer.failed(HookError.E0003);
    }
    Optional<Realm> target = config.realm(window.location()).filter(orders::isConfigured);
    if (target.isEmpty()) {
      log.warn("{} is to move to '{}', which is not configured", tenant, printable(window));
      return HookAnswer.failed(HookError.E0002);
    }
    if (!window.end().isAfter(window.start()) || !window.end().isAfter(clock.instant())) {
      return HookAnswer.failed(HookError.E9999);
    }
    Moment moment = new Moment();
    Optional<Order> known = lookup.find(tenant, body);
    if (known.isPresent() && OrderLookup.isThis(known.get(), window, target.get())) {
      Order order = known.get();
      boolean again = !OrderLookup.isNamed(order, body) && order.isOver();
      if (!again && !isOverSoon(order, moment)) {
        return scheduledBefore(order);
      }
    } else if (known.isPresent() && OrderLookup.isNamed(known.get(), body)) {
      // One number stands for one migration.
      return HookAnswer.failed(HookError.E9999);
    }
    Optional<Order> other = orders.newest(tenant).filter(each -> !each.isOver());
    if (other.isPresent() && !isReplaced(other.get(), moment)) {
      return HookAnswer.later();
    }
    return place(
        new OrderRequest(tenant, target.get(), window.start(), window.end(), body.migrationId()),
        body,
        moment);
  }

  private HookAnswer place(OrderRequest request, HookBody body, Moment moment) {
    Optional<Order> placed;
    try {
      placed = orders.place(request, config.maximumConcurrent());
    } catch (WrongState e) {
      // Another node was faster, or somebody moves the tenant by hand.
      return lookup
          .find(request.tenant(), body)
          .filter(order -> !order.migration().state().isOver())
          .filter(order -> order.migration().target().equals(request.target()))
          .map(this::scheduledBefore)
          .orElseGet(() -> HookAnswer.failed(HookError.E0004));
    } catch (InvalidRequest e) {
      log.error("{} cannot be moved: {}", request.tenant(), e.getMessage());
      return HookAnswer.failed(HookError.E9999);
    }
    if (placed.isEmpty()) {
      return HookAnswer.failed(HookError.E0004);
    }
    Order order = placed.get();
    tasks.ensure(order, LOOK_AGAIN);
    return assessments
        .call(() -> assess(order), moment.left())
        .flatMap(error -> error)
        .map(HookAnswer::failed)
        .orElseGet(HookAnswer::ok);
  }

  private Optional<HookError> assess(Order order) {
    try {
      return tasks.assess(order);
    } catch (MigrationException e) {
      log.warn("{} is looked at again later: {}", order.migration(), e.getMessage());
      return Optional.empty();
    }
  }

  private HookAnswer scheduledBefore(Order order) {
    if (order.errorCode() != null) {
      return HookAnswer.failed(order.errorCode());
    }
    if (order.wanted() == Wanted.ROLLBACK) {
      // Without a number it may be another one that is to follow when this one is cleaned up.
      return order.externalId() == null ? HookAnswer.later() : HookAnswer.failed(HookError.E9999);
    }
    tasks.ensure(order, LOOK_AGAIN);
    return HookAnswer.ok();
  }

  /** The service has given the other one up if it schedules anew; its rollback may be lost. */
  private boolean isReplaced(Order other, Moment moment) {
    if (other.wanted() == Wanted.COMMIT) {
      return false;
    }
    orders.wantRollback(other);
    tasks.ensure(orders.now(other.migration().id()));
    return isOver(other, moment);
  }

  /** Whether it is one without a number that is rolled back already, or in a moment. */
  private boolean isOverSoon(Order order, Moment moment) {
    return order.wanted() == Wanted.ROLLBACK
        && order.errorCode() == null
        && order.externalId() == null
        && isOver(order, moment);
  }

  private boolean isOver(Order order, Moment moment) {
    return moment
        .await(() -> Optional.of(orders.now(order.migration().id())).filter(Order::isOver))
        .isPresent();
  }

  /** What is not a short name is not repeated in a log. */
  private static String printable(Window window) {
    return window.location().matches("[A-Za-z_]{1,12}") ? window.location() : "?";
  }
}
