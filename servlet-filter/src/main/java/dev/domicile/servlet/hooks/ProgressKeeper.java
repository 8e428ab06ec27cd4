package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Orders;
import dev.domicile.migrator.Progress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down once a second how far the work is, off the threads that do it. */
final class ProgressKeeper implements Progress.Listener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProgressKeeper.class);

  private final Orders orders;
  private final Order order;
  private final Future<?> ticking;
  private @Nullable Progress first;
  private @Nullable Progress latest;
  private @Nullable Progress kept;
  private long since;

  ProgressKeeper(Orders orders, Order order, ScheduledExecutorService ticker) {
    this.orders = orders;
    this.order = order;
    this.ticking = ticker.scheduleWithFixedDelay(this::keep, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  public synchronized void progressed(Progress progress) {
    // The first word of a phase is of what there is to do, the next one of what was done before.
    if (first == null || first.phase() != progress.phase() || progress.chunks() == 0) {
      first = progress;
      since = System.nanoTime();
    } else if (first.rows() == 0 && progress.bytes() == 0) {
      first = progress;
    }
    latest = progress;
  }

  @Override
  public void close() {
    ticking.cancel(false);
    keep();
  }

  private void keep() {
    Progress now;
    long before;
    Duration elapsed;
    synchronized (this) {
      if (latest == null || first == null || latest.equals(kept)) {
        return;
      }
      now = latest;
      kept = now;
      before = first.rows();
      elapsed = Duration.ofNanos(System.nanoTime() - since);
    }
    try {
      orders.keepProgress(order, now, before, elapsed);
    } catch (MigrationException e) {
      log.debug("How far {} is was not written down: {}", order.migration(), e.getMessage());
    }
  }
}
