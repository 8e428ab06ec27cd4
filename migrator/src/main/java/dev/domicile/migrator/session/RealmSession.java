package dev.domicile.migrator.session;

import dev.domicile.migrator.MigrationException;
import dev.domicile.router.DatabaseConfig;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.postgresql.PGConnection;

/**
 * One connection to one database, with settings under which values have the same text on every
 * server. Used by one thread at a time.
 */
public final class RealmSession implements AutoCloseable {
  /** What {@code pg_stat_activity} shows of each session. */
  public static final String APPLICATION_NAME = "domicile-migrator";

  private static final Duration GRACE = Duration.ofSeconds(30);

  private final String name;
  private final Connection connection;
  private final SilenceWatch watch;
  private final DSLContext context;

  private RealmSession(String name, Connection connection, SilenceWatch watch) {
    this.name = name;
    this.connection = connection;
    this.watch = watch;
    this.context = DSL.using(connection, SQLDialect.POSTGRES);
  }

  /**
   * Opens a session outside any transaction.
   *
   * @param name how errors call the database, such as {@code realms.EU}
   * @throws MigrationException.DatabaseUnavailable if the database cannot be reached or refuses
   */
  public static RealmSession open(String name, DatabaseConfig config) {
    return open(name, config, SilenceWatch.EVERY);
  }

  /** The same with another rhythm in which the server is asked whether it answers. */
  static RealmSession open(String name, DatabaseConfig config, Duration watchEvery) {
    Connection opened;
    try {
      opened = config.unpooled(APPLICATION_NAME).getConnection();
    } catch (SQLException e) {
      throw Failures.unavailable(name, config, e);
    }
    RealmSession session =
        new RealmSession(name, opened, new SilenceWatch(name, config, opened, watchEvery));
    try {
      session.execute(SessionSettings.SQL);
      return session;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** How errors call the database. */
  public String name() {
    return name;
  }

  /** The driver's own view of the connection, for COPY. */
  public PGConnection driver() {
    try {
      return connection.unwrap(PGConnection.class);
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    }
  }

  /**
   * Gives up, until the running transaction ends, statements that take longer, and the connection
   * where even that gets no answer.
   *
   * @param limit at least a second
   */
  public void limit(Duration limit) {
    execute("SET LOCAL statement_timeout = " + limit.toMillis());
    setSilence(limit.plus(GRACE));
  }

  /**
   * Lets the server put a second process to a statement that reads much, until the running
   * transaction ends: for what one job does while others have nothing left to do.
   */
  public void allowHelper() {
    execute("SET LOCAL max_parallel_workers_per_gather = 1");
  }

  /** Runs a query on Domicile's own tables over the same connection. */
  public <T> T domicile(Function<DSLContext, T> query) {
    try {
      return query.apply(context);
    } catch (DataAccessException e) {
      throw Failures.statement(name, e);
    }
  }

  /** Runs one or more statements and returns how many rows the last one changed. */
  public long execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return Math.max(0, statement.getLargeUpdateCount());
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    }
  }

  /** Runs a query and maps its rows, all of them in memory. */
  public <T> List<T> query(String sql, RowMapper<T> mapper) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return map(rows, mapper);
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    }
  }

  private static <T> List<T> map(ResultSet rows, RowMapper<T> mapper) throws SQLException {
    List<T> result = new ArrayList<>();
    while (rows.next()) {
      result.add(mapper.map(rows));
    }
    return result;
  }

  /** Runs several queries in one round trip, and maps the rows of each. */
  public <T> List<List<T>> queries(List<String> queries, RowMapper<T> mapper) {
    if (queries.isEmpty()) {
      return List.of();
    }
    try (Statement statement = connection.createStatement()) {
      List<List<T>> results = new ArrayList<>();
      boolean rows = statement.execute(String.join(";\n", queries));
      while (rows || statement.getUpdateCount() >= 0) {
        if (rows) {
          try (ResultSet result = statement.getResultSet()) {
            results.add(map(result, mapper));
          }
        }
        rows = statement.getMoreResults();
      }
      return results;
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    }
  }

  /** The same for queries that yield one row each. */
  public <T> List<T> onlyRows(List<String> queries, RowMapper<T> mapper) {
    return queries(queries, mapper).stream().map(rows -> rows.get(0)).toList();
  }

  /** The first row, if there is one. */
  public <T> Optional<T> first(String sql, RowMapper<T> mapper) {
    return query(sql, mapper).stream().findFirst();
  }

  /** The number in the first column of the only row. */
  public long number(String sql) {
    return first(sql, row -> row.getLong(1)).orElseThrow();
  }

  /** The truth value in the first column of the only row. */
  public boolean test(String sql) {
    return first(sql, row -> row.getBoolean(1)).orElseThrow();
  }

  /**
   * Whether each of the queries yields a row. They are planned for all of them: a plan for the
   * first one alone takes one to be near, and where there is none it has read the rows of all
   * tenants.
   */
  public List<Boolean> haveRows(List<String> queries) {
    return onlyRows(
        queries.stream()
            .map("WITH found AS MATERIALIZED (%s) SELECT EXISTS (SELECT FROM found)"::formatted)
            .toList(),
        row -> row.getBoolean(1));
  }

  /**
   * Runs transactions in one round trip; if one fails, those before it stay.
   *
   * @param transactions the statements of each
   */
  public void transactions(List<String> transactions) {
    boolean done = false;
    try {
      execute(
          String.join("; COMMIT;\nBEGIN; ", transactions)
              .transform("BEGIN; %s; COMMIT"::formatted));
      done = true;
    } finally {
      if (!done) {
        rollback();
      }
    }
  }

  /** Begins a transaction, runs the work, and commits; rolls back if it throws. */
  public <T> T transaction(Work<T> work) {
    return transaction("BEGIN", work);
  }

  /** The same in a transaction that sees one state of the data and changes none. */
  public <T> T snapshot(Work<T> work) {
    return transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work);
  }

  /** Whether the connection is known to be closed; does not ask the server. */
  public boolean isLost() {
    try {
      return connection.isClosed();
    } catch (SQLException e) {
      return true;
    }
  }

  /** Whether the server can still be talked to on this connection. */
  public boolean isUsable() {
    try {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public void close() {
    watch.close();
    closeQuietly(connection);
  }

  private <T> T transaction(String begin, Work<T> work) {
    execute(begin);
    boolean done = false;
    try {
      T result = work.run();
      execute("COMMIT");
      done = true;
      return result;
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    } finally {
      if (!done) {
        rollback();
      }
      setSilence(Duration.ZERO);
    }
  }

  /** After how long without an answer the connection is given up; zero for never. */
  private void setSilence(Duration limit) {
    try {
      if (!connection.isClosed()) {
        connection.setNetworkTimeout(
            Runnable::run, (int) Math.min(Integer.MAX_VALUE, limit.toMillis()));
      }
    } catch (SQLException e) {
      closeQuietly(connection);
    }
  }

  private void rollback() {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      // The connection is lost, and with it the transaction; the first error says more.
      closeQuietly(connection);
    }
  }

  private static void closeQuietly(Connection opened) {
    try {
      opened.close();
    } catch (SQLException e) {
      System.getLogger(RealmSession.class.getName())
          .log(System.Logger.Level.DEBUG, "Closing a connection", e);
    }
  }

  /** Makes a value of the row that the result set is at. */
  @FunctionalInterface
  public interface RowMapper<T> {
    /** Reads the row. */
    T map(ResultSet row) throws SQLException;
  }

  /** Something to do inside a transaction. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does it. */
    T run() throws SQLException;
  }
}
