package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Moves routes to and fro at a steady rate, a few per transaction. Each writer has tenants of its
 * own. A transaction stays open for a random while, so that those of several writers overlap and
 * commit in another order than they began.
 */
final class RouteWriter implements Callable<List<RouteWriter.Change>> {
  private static final String FLIP =
      """
      UPDATE domicile.route
      SET realm = CASE realm WHEN 'EU' THEN 'US' ELSE 'EU' END, epoch = epoch + 1
      WHERE client_key = ANY (?)
      """;

  private final Database control;
  private final Plan plan;
  private final int number;
  private final Random random;
  private final int[] epochs;

  RouteWriter(Database control, Plan plan, int number) {
    this.control = control;
    this.plan = plan;
    this.number = number;
    this.random = new Random(plan.seed() + number);
    this.epochs = new int[plan.routes()];
  }

  /** Returns the changes of watched tenants. */
  @Override
  public List<Change> call() throws SQLException, InterruptedException {
    List<Change> changes = new ArrayList<>();
    long transactions = plan.duration().toNanos() / plan.interval().toNanos();
    try (Connection connection = control.connect();
        PreparedStatement flip = connection.prepareStatement(FLIP)) {
      connection.setAutoCommit(false);
      long start = System.nanoTime() + random.nextLong(plan.interval().toNanos());
      for (int i = 0; i < transactions; i++) {
        sleepUntil(start + i * plan.interval().toNanos());
        Set<Integer> tenants = choose();
        change(connection, flip, tenants);
        sleepUntil(System.nanoTime() + random.nextLong(plan.interval().toNanos() / 2));
        long committed = System.nanoTime();
        connection.commit();
        for (int tenant : tenants) {
          int epoch = ++epochs[tenant] + 1;
          if (tenant % plan.step() == 0) {
            changes.add(new Change(RoutingSetup.tenant(tenant).clientKey(), epoch, committed));
          }
        }
      }
    }
    return changes;
  }

  private static void change(Connection connection, PreparedStatement flip, Set<Integer> tenants)
      throws SQLException {
    @Nullable Array keys =
        connection.createArrayOf(
            "text", tenants.stream().map(i -> RoutingSetup.tenant(i).clientKey()).toArray());
    flip.setArray(1, keys);
    int changed = flip.executeUpdate();
    if (changed != tenants.size()) {
      throw new SQLException(changed + " routes changed, expected " + tenants.size());
    }
  }

  /** The first one is watched, the others are any of this writer's. */
  private Set<Integer> choose() {
    Set<Integer> chosen = new HashSet<>();
    int stride = plan.step() * plan.writers();
    chosen.add(random.nextInt(plan.routes() / stride) * stride + number * plan.step());
    while (chosen.size() < plan.batch()) {
      int block = random.nextInt(plan.routes() / stride) * stride + number * plan.step();
      chosen.add(block + random.nextInt(plan.step()));
    }
    return chosen;
  }

  private static void sleepUntil(long moment) throws InterruptedException {
    long nanos = moment - System.nanoTime();
    if (nanos > 0) {
      TimeUnit.NANOSECONDS.sleep(nanos);
    }
  }

  /**
   * What all writers do together.
   *
   * @param routes how many routes there are, a multiple of {@code step * writers}
   * @param step every how many of them one is watched
   * @param rate changes per second
   * @param batch changes per transaction
   */
  record Plan(
      int routes, int step, int rate, int batch, int writers, Duration duration, long seed) {
    /** Between two transactions of one writer. */
    Duration interval() {
      return Duration.ofSeconds(1).multipliedBy((long) batch * writers).dividedBy(rate);
    }
  }

  /**
   * A change of a watched tenant.
   *
   * @param epoch the tenant's from then on
   * @param committed the moment before the commit was sent
   */
  record Change(String tenant, int epoch, long committed) {}
}
