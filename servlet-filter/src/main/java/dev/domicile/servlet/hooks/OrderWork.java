package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.Refused;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.OrderAssessment;
import dev.domicile.migrator.Orders;
import dev.domicile.servlet.hooks.Timings.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of one task: does what is wanted, and says what is to become of it if that fails. */
final class OrderWork {
  private static final Logger log = LoggerFactory.getLogger(OrderWork.class);

  private final Orders orders;
  private final HookConfig config;
  private final ScheduledExecutorService ticker;
  private final Timings<Wanted> worked = new Timings<>(Wanted.class);

  OrderWork(Orders orders, HookConfig config, ScheduledExecutorService ticker) {
    this.orders = orders;
    this.config = config;
    this.ticker = ticker;
  }

  /** Does the step, if it is still wanted; after how long to come back, or nothing. */
  Optional<Duration> run(long migrationId, Wanted step) {
    Order order = orders.now(migrationId);
    if (order.wanted() != step) {
      return Optional.empty();
    }
    long begun = System.nanoTime();
    try (ProgressKeeper keeper = new ProgressKeeper(orders, order, ticker)) {
      if (step == Wanted.SCHEDULE) {
        assess(order);
      } else {
        Order done = orders.carryOut(migrationId, step, keeper);
        log.info("{} is {}", done.migration(), done.migration().state());
      }
      worked.count(step, Outcome.DONE, begun);
      return Optional.empty();
    } catch (MigrationException e) {
      Optional<Duration> again = failed(order, e);
      worked.count(step, again.isPresent() ? Outcome.LATER : Outcome.REFUSED, begun);
      return again;
    }
  }

  Timings<Wanted> worked() {
    return worked;
  }

  /** Looks at the move, unless it was started meanwhile: then its own rows would be in the way. */
  Optional<HookError> assess(Order order) {
    if (order.assessment() != null) {
      return Optional.empty();
    }
    OrderAssessment found = orders.assess(order, config.maximumDuration());
    Optional<HookError> error = error(found);
    if (error.isEmpty() || !orders.fail(order, error.get().name())) {
      return Optional.empty();
    }
    log.error(
        "{} is refused with {}: {} {}",
        order.migration(),
        error.get(),
        found.errors(),
        found.forecast());
    return error;
  }

  private static Optional<HookError> error(OrderAssessment found) {
    if (!found.errors().isEmpty()) {
      return Optional.of(HookError.of(found.errors()));
    }
    return found.forecast().isHopeless() ? Optional.of(HookError.E9999) : Optional.empty();
  }

  private Optional<Duration> failed(Order order, MigrationException error) {
    if (error instanceof TakenOver) {
      log.info("{} goes on elsewhere: {}", order.migration(), error.getMessage());
      return Optional.empty();
    }
    // Cleaning up is never given up.
    if (error.isPassing() || order.wanted() == Wanted.ROLLBACK) {
      Order now = orders.now(order.migration().id());
      if (now.isOver()) {
        log.error("{} stays {}: {}", now.migration(), now.migration().state(), error.getMessage());
        return Optional.empty();
      }
      log.warn("{} is tried again: {}", now.migration(), error.getMessage());
      return Optional.of(config.retry());
    }
    HookError code =
        error instanceof Refused refused ? HookError.of(refused.stopping()) : HookError.E9999;
    if (orders.fail(order, code.name())) {
      log.error("{} is given up with {}: {}", order.migration(), code, error.getMessage());
    }
    return Optional.empty();
  }
}
