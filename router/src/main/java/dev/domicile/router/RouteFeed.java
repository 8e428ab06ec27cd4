package dev.domicile.router;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cache in step with the control database, over a connection of its own. It asks for what
 * changed since it asked last: at once when a notice says that there is something, and at each
 * interval in any case, so a lost notice or connection costs time and never a change.
 */
final class RouteFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RouteFeed.class);

  /** Notices that come faster are answered together. */
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(10);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final int CORRECTED_AT_ONCE = 1000;

  private final DataSource control;
  private final FeedConfig config;
  private final RouteCache cache;
  private final RouteLoader loader;
  private final Function<List<TenantId>, List<RouteRow>> table;
  private final RouteChanges changes = new RouteChanges();
  private final Thread thread = new Thread(this::run, "domicile-route-feed");
  private volatile boolean closed;
  private boolean correctionDue;
  private volatile long heardAt;
  private volatile boolean heard;
  private volatile @Nullable Connection connection;

  RouteFeed(
      DataSource control,
      FeedConfig config,
      RouteCache cache,
      RouteLoader loader,
      Function<List<TenantId>, List<RouteRow>> table) {
    this.control = control;
    this.config = config;
    this.cache = cache;
    this.loader = loader;
    this.table = table;
    thread.setDaemon(true);
    thread.start();
  }

  /** How long ago the control database was heard from; nothing if it never was. */
  Optional<Duration> age() {
    return heard ? Optional.of(Duration.ofNanos(System.nanoTime() - heardAt)) : Optional.empty();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    abort(connection);
    try {
      thread.join(Duration.ofSeconds(2).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!closed) {
      long before = heardAt;
      try (Connection opened = control.getConnection()) {
        connection = opened;
        follow(opened);
      } catch (Throwable e) {
        // An Error too: a node that hears of no change any more is worse than one that tries again.
        if (closed) {
          return;
        }
        pause = heardAt == before ? longer(pause) : FIRST_PAUSE;
        LOG.warn("Changes of routes are not heard of for now; trying again in {}", pause);
        LOG.debug("Why changes of routes are not heard of", e);
        sleep(pause);
      }
    }
  }

  private void follow(Connection opened) throws SQLException {
    if (config.listen()) {
      try (Statement statement = opened.createStatement()) {
        statement.execute("LISTEN domicile_route");
      }
    }
    while (!closed) {
      long start = System.nanoTime();
      catchUp(opened);
      await(opened);
      sleep(SHORTEST_INTERVAL.minusNanos(System.nanoTime() - start));
    }
  }

  private void catchUp(Connection opened) throws SQLException {
    long asked = System.nanoTime();
    opened.setAutoCommit(false);
    boolean complete = changes.read(opened, loader::hear);
    opened.commit();
    opened.setAutoCommit(true);
    // Due until it was done: the next look will be complete again.
    correctionDue |= !complete;
    if (correctionDue) {
      correctAll();
      correctionDue = false;
    }
    heardAt = asked;
    heard = true;
    cache.vouch(true);
  }

  /** Nothing is known of the time before the first look at a server: all that is cached is read. */
  private void correctAll() {
    loader.outdateAll();
    cache.forgetUnknown();
    List<TenantId> cached = new ArrayList<>(cache.tenants());
    for (int from = 0; from < cached.size(); from += CORRECTED_AT_ONCE) {
      int to = Math.min(cached.size(), from + CORRECTED_AT_ONCE);
      List<TenantId> some = cached.subList(from, to);
      Map<TenantId, RouteRow> rows =
          table.apply(some).stream()
              .collect(Collectors.toMap(RouteRow::tenant, Function.identity()));
      some.forEach(
          tenant ->
              cache.correct(
                  tenant, Optional.ofNullable(rows.get(tenant)).flatMap(RouteRow::route)));
    }
  }

  private void await(Connection opened) throws SQLException {
    if (config.listen()) {
      var unused =
          opened
              .unwrap(PGConnection.class)
              .getNotifications(Math.toIntExact(config.pollInterval().toMillis()));
    } else {
      sleep(config.pollInterval());
    }
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    Duration next = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    // Nodes that lost the same database must not come back at the same moment.
    return next.multipliedBy(ThreadLocalRandom.current().nextInt(75, 101)).dividedBy(100);
  }

  private static void sleep(Duration pause) {
    try {
      Thread.sleep(Math.max(0, pause.toMillis()));
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
      LOG.debug("The feed's connection was gone already", e);
    }
  }
}
