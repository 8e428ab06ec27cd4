package dev.domicile.servlet.hooks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.Orders;
import dev.domicile.router.DatabaseConfig;
import java.time.InstantSource;

/**
 * The migrations that hooks ask for, and this node's share of the work on them. State is in the
 * control database alone; any node takes any call, and takes over what a node that died had begun.
 * One for each node, for as long as the application runs; {@link HookServlet} leads to it.
 */
public final class MigrationHooks implements AutoCloseable {
  private static final int CONNECTIONS = 8;
  private static final int CALLS = 32;
  private static final int ASSESSMENTS = 8;
  private static final long CONNECT_MILLIS = 1000;

  /** Without an answer for so long a connection is given up, so that no thread hangs for good. */
  private static final String LIMITS = "socketTimeout=10";

  private final HikariDataSource control;
  private final BoundedCalls calls = new BoundedCalls("domicile-hook", CALLS);
  private final BoundedCalls assessments = new BoundedCalls("domicile-assess", ASSESSMENTS);
  private final HookTasks tasks;
  private final HookCalls hooks;
  private final Timings<Hook> answered = new Timings<>(Hook.class);

  /**
   * Starts to work. The control database may be down and is tried again.
   *
   * @param node what the node is called in the audit trail; another one for each node
   */
  public MigrationHooks(
      MigratorConfig migrator, HookConfig config, String node, InstantSource clock) {
    control = new HikariDataSource(pool(migrator.control()));
    Orders orders = new Orders(migrator, control, "hooks on " + node, clock);
    tasks = new HookTasks(orders, config, clock, control, node);
    hooks = new HookCalls(orders, tasks, config, clock, assessments);
    tasks.start();
  }

  /** How this node does, by its last look through the open migrations. */
  public HooksHealth health() {
    return tasks.health();
  }

  /** The calls that were answered. */
  Timings<Hook> answered() {
    return answered;
  }

  HookCalls hooks() {
    return hooks;
  }

  BoundedCalls calls() {
    return calls;
  }

  HookTasks tasks() {
    return tasks;
  }

  /** Stops; what was under way goes on at another node, or here after the next start. */
  @Override
  public void close() {
    tasks.close();
    calls.close();
    assessments.close();
    control.close();
  }

  private static HikariConfig pool(DatabaseConfig database) {
    String url = database.url();
    DatabaseConfig limited =
        new DatabaseConfig(
            url + (url.contains("?") ? "&" : "?") + LIMITS,
            database.user(),
            database.password(),
            database.pool());
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("domicile-hooks");
    pool.setDataSource(limited.unpooled("domicile-hooks"));
    pool.setMaximumPoolSize(CONNECTIONS);
    pool.setMinimumIdle(1);
    pool.setConnectionTimeout(CONNECT_MILLIS);
    pool.setValidationTimeout(CONNECT_MILLIS / 2);
    // A database that is down at the start is tried again.
    pool.setInitializationFailTimeout(-1);
    return pool;
  }
}
