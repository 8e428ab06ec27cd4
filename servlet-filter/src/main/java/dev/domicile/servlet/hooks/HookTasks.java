package dev.domicile.servlet.hooks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.Orders;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work behind the hooks as tasks of db-scheduler: one for each thing that may be wanted of a
 * migration, so that a rollback need not wait for the copy that it stops. A node that dies stops
 * sending heartbeats, and another one takes its tasks over.
 *
 * <p>Every node looks through the open orders besides: it gives up those whose window is over, and
 * makes sure that there is a task for what is wanted. So an order whose node died between writing
 * it down and making the task is not forgotten. And it takes down fences that have served their
 * time.
 */
final class HookTasks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HookTasks.class);
  private static final String TABLE = "domicile.scheduled_task";
  private static final Duration STOPPING = Duration.ofSeconds(3);

  /** After how many heartbeats without a word a node is taken for dead; the library's least. */
  private static final int MISSED_HEARTBEATS = 4;

  private final Orders orders;
  private final OrderWork work;
  private final InstantSource clock;
  private final HookConfig config;
  private final Scheduler scheduler;
  private volatile HooksHealth health = HooksHealth.unknown();
  private final ScheduledExecutorService ticker =
      Executors.newScheduledThreadPool(
          3,
          task -> {
            Thread thread = new Thread(task, "domicile-hooks");
            thread.setDaemon(true);
            return thread;
          });

  HookTasks(
      Orders orders, HookConfig config, InstantSource clock, DataSource control, String node) {
    this.orders = orders;
    this.work = new OrderWork(orders, config, ticker);
    this.clock = clock;
    this.config = config;
    List<Task<?>> tasks = Arrays.stream(Wanted.values()).<Task<?>>map(this::task).toList();
    this.scheduler =
        Scheduler.create(control, tasks)
            .tableName(TABLE)
            .schedulerName(new SchedulerName.Fixed(node))
            // A copy that was stopped may not have noticed yet when its rollback begins.
            .threads(2 * config.maximumConcurrent() + 2)
            .pollingInterval(config.polling())
            .heartbeatInterval(config.heartbeat())
            .missedHeartbeatsLimit(MISSED_HEARTBEATS)
            .shutdownMaxWait(STOPPING)
            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, true))
            .enableImmediateExecution()
            .build();
  }

  void start() {
    scheduler.start();
    repeat(this::lookThrough);
    repeat(this::lookAtLags);
  }

  private void repeat(Runnable look) {
    long millis = 5 * config.polling().toMillis();
    var unused = ticker.scheduleWithFixedDelay(look, 0, millis, TimeUnit.MILLISECONDS);
  }

  HooksHealth health() {
    return health;
  }

  Timings<Wanted> worked() {
    return work.worked();
  }

  /** Makes sure that what is wanted will be done. */
  void ensure(Order order) {
    ensure(order, Duration.ZERO);
  }

  /** The same, not before a while is over. */
  void ensure(Order order, Duration delay) {
    if (!isToDo(order)) {
      return;
    }
    Duration untilOpen =
        order.wanted() == Wanted.COPY
            ? Duration.between(clock.instant(), order.migration().windowStart())
            : Duration.ZERO;
    try {
      scheduler.scheduleIfNotExists(
          new TaskInstance<Void>(name(order.wanted()), Long.toString(order.migration().id())),
          // The scheduler goes by the machine's clock.
          Instant.now().plus(untilOpen.compareTo(delay) > 0 ? untilOpen : delay));
    } catch (RuntimeException e) {
      // The library fails where the task that is there ends at this moment. The order is written
      // down, and the next look through all of them makes the task.
      log.info("A task for {} is made later: {}", order.migration(), e.getMessage());
    }
  }

  /** Looks at the move, and gives the order up if something stands against it. */
  Optional<HookError> assess(Order order) {
    Optional<HookError> error = work.assess(order);
    if (error.isPresent()) {
      ensure(orders.now(order.migration().id()));
    }
    return error;
  }

  /** Gives up what is too late, and sees to it that all the rest goes on. */
  void lookThrough() {
    try {
      List<Order> open = orders.open();
      health = new HooksHealth(clock.instant(), counted(open), null);
      for (Order order : open) {
        if (orders.expire(order, HookError.E9999.name())) {
          log.warn("{} was not ready at the end of its window and is given up", order.migration());
        }
        ensure(orders.now(order.migration().id()));
      }
      orders.lowerOldFences();
    } catch (RuntimeException e) {
      log.warn("The open migrations are looked through again later: {}", e.getMessage());
      health = health.failed(String.valueOf(e.getMessage()));
    }
  }

  /** Apart from the rest: a realm that hangs holds it up. */
  private void lookAtLags() {
    try {
      orders.keepLags(orders.open());
    } catch (RuntimeException e) {
      log.debug("The lags are looked at again later: {}", e.getMessage());
    }
  }

  private static Map<MigrationState, Integer> counted(List<Order> open) {
    Map<MigrationState, Integer> counts = new EnumMap<>(MigrationState.class);
    open.forEach(order -> counts.merge(order.migration().state(), 1, Integer::sum));
    return counts;
  }

  @Override
  public void close() {
    scheduler.stop();
    ticker.shutdownNow();
  }

  private static boolean isToDo(Order order) {
    MigrationState state = order.migration().state();
    return !order.isOver()
        && switch (order.wanted()) {
          case SCHEDULE -> order.assessment() == null && !state.isOver();
          case COPY -> state != MigrationState.READY_TO_COMMIT && !state.isOver();
          case COMMIT, ROLLBACK -> true;
        };
  }

  private Task<Void> task(Wanted step) {
    return Tasks.custom(name(step), Void.class)
        .onFailureReschedule(FixedDelay.of(config.retry()))
        .onDeadExecutionRevive()
        .execute(
            (instance, context) -> {
              long id = Long.parseLong(instance.getId());
              Optional<Duration> again = work.run(id, step);
              if (again.isPresent()) {
                return (complete, operations) ->
                    operations.reschedule(complete, Instant.now().plus(again.get()));
              }
              return (complete, operations) -> {
                operations.remove();
                // A failure wants something else.
                ensure(orders.now(id));
              };
            });
  }

  private static String name(Wanted step) {
    return "domicile-" + step.name().toLowerCase(Locale.ROOT);
  }
}
