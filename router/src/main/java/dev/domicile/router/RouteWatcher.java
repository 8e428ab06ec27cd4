package dev.domicile.router;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of changed routes over a connection of its own and drops them from the cache. What was
 * missed while the connection was lost is unknown, so a new connection starts with an empty cache.
 */
final class RouteWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RouteWatcher.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final DataSource control;
  private final RouteCache cache;
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable Connection connection;

  RouteWatcher(DataSource control, RouteCache cache) {
    this.control = control;
    this.cache = cache;
    this.thread = new Thread(this::run, "domicile-route-watcher");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    abort(connection);
    try {
      thread.join(POLL.multipliedBy(4).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!closed) {
      try (Connection opened = control.getConnection()) {
        connection = opened;
        listen(opened);
        cache.invalidateAll();
        pause = FIRST_PAUSE;
        forward(opened.unwrap(PGConnection.class));
      } catch (SQLException e) {
        if (!closed) {
          LOG.warn("Notices of route changes are lost; trying again in {}", pause);
          LOG.debug("The connection failed", e);
          sleep(pause);
          pause = longer(pause);
        }
      }
    }
  }

  private static void listen(Connection opened) throws SQLException {
    try (Statement statement = opened.createStatement()) {
      statement.execute("LISTEN domicile_route");
    }
  }

  private void forward(PGConnection notices) throws SQLException {
    while (!closed) {
      PGNotification[] received = notices.getNotifications((int) POLL.toMillis());
      if (received == null) {
        continue;
      }
      for (PGNotification notice : received) {
        invalidate(notice.getParameter());
      }
    }
  }

  /** Any role may send a notice; one that names no tenant must not end the watch. */
  private void invalidate(String clientKey) {
    try {
      cache.invalidate(new TenantId(clientKey));
    } catch (IllegalArgumentException e) {
      LOG.warn("A notice of a route change names no tenant; all routes are read again");
      cache.invalidateAll();
    }
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }

  private static void sleep(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void abort(@Nullable Connection open) {
    try {
      if (open != null) {
        open.abort(Runnable::run);
      }
    } catch (SQLException e) {
      LOG.debug("The watcher's connection was gone already", e);
    }
  }
}
