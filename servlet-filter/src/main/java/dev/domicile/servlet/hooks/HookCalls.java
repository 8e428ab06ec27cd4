package dev.domicile.servlet.hooks;

import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.Orders;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.hooks.HookBody.Window;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each hook does: it writes down in the control database what is asked for, makes sure that a
 * task does it, and waits a moment for an outcome. Each may come twice, late, out of order or to
 * another node (promise P8).
 */
final class HookCalls {
  private static final Logger log = LoggerFactory.getLogger(HookCalls.class);

  private final Orders orders;
  private final HookTasks tasks;
  private final HookConfig config;
  private final OrderLookup lookup;
  private final ScheduleHook schedule;

  HookCalls(
      Orders orders,
      HookTasks tasks,
      HookConfig config,
      InstantSource clock,
      BoundedCalls assessments) {
    this.orders = orders;
    this.tasks = tasks;
    this.config = config;
    this.lookup = new OrderLookup(orders);
    this.schedule = new ScheduleHook(orders, lookup, tasks, config, clock, assessments);
  }

  HookAnswer schedule(TenantId tenant, HookBody body) {
    return schedule.call(tenant, body);
  }

  HookAnswer start(TenantId tenant, HookBody body) {
    Window window = body.window();
    if (window == null) {
      return HookAnswer.malformed();
    }
    if (!config.enabled()) {
      return HookAnswer.failed(HookError.E0003);
    }
    Optional<Realm> target = config.realm(window.location()).filter(orders::isConfigured);
    if (target.isEmpty()) {
      return HookAnswer.failed(HookError.E0002);
    }
    Optional<Order> found =
        lookup.find(tenant, body).filter(order -> OrderLookup.isThis(order, window, target.get()));
    if (found.isEmpty()) {
      return HookAnswer.failed(HookError.E0001);
    }
    Order order = found.get();
    if (order.wanted() != Wanted.SCHEDULE || !expire(order)) {
      orders.wantCopy(order, config.maximumDuration());
    }
    Order now = orders.now(order.migration().id());
    Optional<HookAnswer> refusal = refusal(now);
    if (refusal.isEmpty()) {
      tasks.ensure(now);
    }
    return refusal.orElseGet(HookAnswer::ok);
  }

  HookAnswer commit(TenantId tenant, HookBody body) {
    Optional<Order> found = lookup.find(tenant, body);
    if (found.isEmpty()) {
      return HookAnswer.failed(HookError.E0001);
    }
    Order order = found.get();
    if (order.isCommitted()) {
      return HookAnswer.ok();
    }
    if (order.wanted() != Wanted.COMMIT && !orders.wantCommit(order)) {
      expire(order);
      Order now = orders.now(order.migration().id());
      Optional<HookAnswer> refusal = refusal(now);
      if (refusal.isPresent()) {
        return refusal.get();
      }
      if (now.wanted() != Wanted.COMMIT) {
        return HookAnswer.later();
      }
    }
    tasks.ensure(orders.now(order.migration().id()));
    return outcome(order);
  }

  /** Waits a moment; from here on the commit is made, sooner or later, whatever fails meanwhile. */
  private HookAnswer outcome(Order committing) {
    return new Moment().await(() -> outcomeNow(committing)).orElseGet(HookAnswer::accepted);
  }

  private Optional<HookAnswer> outcomeNow(Order committing) {
    Order now = orders.now(committing.migration().id());
    if (now.isCommitted()) {
      return Optional.of(HookAnswer.ok());
    }
    return refusal(now);
  }

  /** What stands against going on, as the order is now: whoever asked for it, and on any node. */
  private static Optional<HookAnswer> refusal(Order now) {
    if (now.errorCode() != null) {
      return Optional.of(HookAnswer.failed(now.errorCode()));
    }
    return OrderLookup.isOff(now)
        ? Optional.of(HookAnswer.failed(HookError.E0001))
        : Optional.empty();
  }

  /** Of a commit too, while its soak lasts: the tenant goes back with what it wrote since. */
  HookAnswer rollback(TenantId tenant, HookBody body) {
    Optional<Order> found = lookup.find(tenant, body);
    if (found.isEmpty()) {
      return HookAnswer.ok();
    }
    Order order = found.get();
    if (!orders.wantRollback(order) && orders.wantReturn(order)) {
      log.warn("{} is committed and is taken back", order.migration());
    }
    Order now = orders.now(order.migration().id());
    if (now.isCommitted()) {
      log.error(
          "{} is committed and final; purge the old copy, then move the tenant back",
          now.migration());
      return HookAnswer.failed(HookError.E9999);
    }
    tasks.ensure(now);
    return HookAnswer.ok();
  }

  HookAnswer status(TenantId tenant, HookBody body) {
    Optional<Order> found = lookup.find(tenant, body);
    if (found.isEmpty()) {
      return config.enabled() ? StatusReport.notScheduled() : StatusReport.switchedOff();
    }
    Order order = found.get();
    if (expire(order)) {
      order = orders.now(order.migration().id());
    }
    return StatusReport.of(order, orders.isInTime(order));
  }

  private boolean expire(Order order) {
    if (orders.isInTime(order) || !orders.expire(order, HookError.E9999.name())) {
      return false;
    }
    log.warn("{} was not ready at the end of its window and is given up", order.migration());
    tasks.ensure(orders.now(order.migration().id()));
    return true;
  }
}
