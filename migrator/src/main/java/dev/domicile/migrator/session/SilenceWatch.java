package dev.domicile.migrator.session;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a connection up whose server has fallen silent: it takes connections and answers nothing,
 * so that whoever waits for a statement would wait for good.
 *
 * <p>How long a statement may take nobody knows; a scan of a large table takes hours. So the server
 * is asked something else meanwhile, on a connection of its own, and only if that has had no answer
 * several times in a row the first connection is cut.
 */
final class SilenceWatch implements AutoCloseable {
  /** How often a server is asked; with the limit of each attempt a silence lasts 45 s at most. */
  static final Duration EVERY = Duration.ofSeconds(10);

  private static final int UNANSWERED = 3;
  private static final int SECONDS = 5;
  private static final Logger log = LoggerFactory.getLogger(SilenceWatch.class);
  private static final ScheduledThreadPoolExecutor WATCHERS = watchers();

  private final String name;
  private final DataSource server;
  private final Connection watched;
  private final Future<?> watching;
  private int unanswered;

  /** Watches until it is closed. */
  SilenceWatch(String name, DatabaseConfig config, Connection watched, Duration every) {
    this.name = name;
    this.server = limited(config).unpooled("domicile-watch");
    this.watched = watched;
    this.watching =
        WATCHERS.scheduleWithFixedDelay(
            this::ask, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    watching.cancel(false);
  }

  private void ask() {
    unanswered = isAnswered() ? 0 : unanswered + 1;
    if (unanswered < UNANSWERED) {
      return;
    }
    log.warn("database {} takes connections and answers nothing; a connection is given up", name);
    watching.cancel(false);
    try {
      watched.abort(Runnable::run);
    } catch (SQLException e) {
      log.debug("Giving up a connection", e);
    }
  }

  /** A refusal is an answer too. */
  private boolean isAnswered() {
    try (Connection connection = server.getConnection()) {
      return connection.isValid(SECONDS);
    } catch (SQLException e) {
      return e.getSQLState() != null && !e.getSQLState().startsWith("08");
    }
  }

  private static DatabaseConfig limited(DatabaseConfig config) {
    String url = config.url() + (config.url().contains("?") ? "&" : "?");
    return new DatabaseConfig(
        url + "socketTimeout=" + SECONDS,
        config.user(),
        config.password(),
        new PoolConfig(1, Duration.ofSeconds(SECONDS)));
  }

  private static ScheduledThreadPoolExecutor watchers() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            4,
            task -> {
              Thread thread = new Thread(task, "domicile-watch");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setKeepAliveTime(1, TimeUnit.MINUTES);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
