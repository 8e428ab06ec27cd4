package dev.domicile.benchmarks;

import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Writes of the tenant that moves, at a steady rate through the router, each repeated until it is
 * committed; and of another tenant of the source.
 */
final class WriteLoad implements AutoCloseable {
  private static final TenantId NEIGHBOUR = new TenantId("source-1");
  private static final long WARM_UP_MILLIS = 3_000;
  private static final long BETWEEN_TRIES_MILLIS = 10;

  /** What could not be written for so long is left out, so that the rate never gets higher. */
  private static final long BEHIND_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** So that the tenant does not grow while it is measured. */
  private static final int ROWS = 10_000;

  // A write whose answer was lost is repeated and changes nothing.
  private static final String WRITE =
      """
      INSERT INTO board (client_key, name, settings) VALUES (?, ?, to_jsonb(CAST(? AS bigint)))
      ON CONFLICT (client_key, name) DO UPDATE SET settings = greatest(board.settings, excluded.settings)
      """;
  private static final String UPDATE =
      "UPDATE board SET settings = to_jsonb(CAST(? AS bigint)) WHERE client_key = ? AND name = ?";

  private final Router router;
  private final List<Thread> threads = new ArrayList<>();
  private final Beat beat;
  private final Beat neighbourBeat;
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong neighbourWrites = new AtomicLong();
  private final List<Long> commits = new ArrayList<>();
  private final AtomicLongArray written = new AtomicLongArray(ROWS);
  private volatile boolean ended;

  WriteLoad(CopyRealms realms, int writers, int rate, int neighbours, int neighbourRate) {
    for (int row = 0; row < ROWS; row++) {
      written.set(row, -1);
    }
    this.beat = new Beat(rate);
    this.neighbourBeat = new Beat(neighbourRate);
    this.router = new Router(realms.config().router());
    router.routes().add(NEIGHBOUR, CopyRealms.FROM);
    for (int i = 0; i < writers; i++) {
      run(this::write);
    }
    for (int i = 0; i < neighbours; i++) {
      int number = i;
      run(() -> writeAsNeighbour(number));
    }
  }

  /**
   * A moment of the load.
   *
   * @param nanos when it was
   * @param neighbourWrites how much the neighbour had written
   */
  record Mark(long nanos, long neighbourWrites) {}

  Mark mark() {
    return new Mark(System.nanoTime(), neighbourWrites.get());
  }

  void warmUp() throws InterruptedException {
    Thread.sleep(WARM_UP_MILLIS);
  }

  long refused() {
    return refused.get();
  }

  /** Writes of the neighbour a second, since then. */
  double neighbourRate(Mark mark) {
    return (neighbourWrites.get() - mark.neighbourWrites) * 1e9 / (System.nanoTime() - mark.nanos);
  }

  /** The longest time since then in which no write of the tenant was committed, in milliseconds. */
  double longestPause(Mark mark) {
    long longest = 0;
    synchronized (commits) {
      long last = mark.nanos;
      for (int i = firstAfter(mark.nanos); i < commits.size(); i++) {
        longest = Math.max(longest, commits.get(i) - last);
        last = commits.get(i);
      }
      longest = Math.max(longest, System.nanoTime() - last);
    }
    return longest / 1e6;
  }

  private int firstAfter(long nanos) {
    int i = commits.size();
    while (i > 0 && commits.get(i - 1) > nanos) {
      i--;
    }
    return i;
  }

  /** Makes sure that every write that was committed is at home, unless a later one replaced it. */
  void requireNothingLost() throws InterruptedException, SQLException {
    end();
    long lost = 0;
    try (TenantScope scope = TenantContext.open(CopyRealms.MOVING);
        Connection connection = router.dataSource().getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT settings::bigint FROM board WHERE client_key = ? AND name = ?")) {
      statement.setString(1, CopyRealms.MOVING.clientKey());
      for (int row = 0; row < ROWS; row++) {
        statement.setString(2, name(row));
        try (ResultSet found = statement.executeQuery()) {
          long home = found.next() ? found.getLong(1) : -1;
          lost += home == written.get(row) ? 0 : 1;
        }
      }
    }
    if (lost > 0) {
      throw new IllegalStateException(
          "of " + lost + " rows the last write is not at home; the run does not count");
    }
  }

  @Override
  public void close() throws InterruptedException {
    end();
    router.close();
  }

  private void end() throws InterruptedException {
    ended = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void run(Runnable work) {
    Thread thread = new Thread(work, "write-load-" + threads.size());
    threads.add(thread);
    thread.start();
  }

  private void write() {
    while (!ended) {
      long number = numbers.getAndIncrement();
      beat.await();
      int row = (int) (number % ROWS);
      while (!tryToWrite(number, row)) {
        refused.incrementAndGet();
        sleepUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BETWEEN_TRIES_MILLIS));
      }
      synchronized (commits) {
        commits.add(System.nanoTime());
      }
      written.accumulateAndGet(row, number, Math::max);
    }
  }

  private static String name(int row) {
    return "write " + row;
  }

  private boolean tryToWrite(long number, int row) {
    return tryTo(
        CopyRealms.MOVING,
        WRITE,
        statement -> {
          statement.setString(1, CopyRealms.MOVING.clientKey());
          statement.setString(2, name(row));
          statement.setLong(3, number);
        });
  }

  private void writeAsNeighbour(int board) {
    long number = 0;
    while (!ended) {
      neighbourBeat.await();
      long next = number++;
      boolean done =
          tryTo(
              NEIGHBOUR,
              UPDATE,
              statement -> {
                statement.setLong(1, next);
                statement.setString(2, NEIGHBOUR.clientKey());
                statement.setString(3, "Board " + (1 + board));
              });
      if (done) {
        neighbourWrites.incrementAndGet();
      }
    }
  }

  private boolean tryTo(TenantId tenant, String sql, Values values) {
    try (TenantScope scope = TenantContext.open(tenant);
        Connection connection = router.dataSource().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      values.set(statement);
      statement.executeUpdate();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  /** Fills in a statement. */
  @FunctionalInterface
  private interface Values {
    void set(PreparedStatement statement) throws SQLException;
  }

  /** When the next write of several threads is due. */
  private static final class Beat {
    private final long interval;
    private final AtomicLong due = new AtomicLong(System.nanoTime());

    /** So many writes a second, or as many as can be made if that is 0. */
    Beat(int rate) {
      this.interval = rate == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / rate;
    }

    void await() {
      if (interval > 0) {
        sleepUntil(
            due.updateAndGet(last -> Math.max(last + interval, System.nanoTime() - BEHIND_NANOS)));
      }
    }
  }

  private static void sleepUntil(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
