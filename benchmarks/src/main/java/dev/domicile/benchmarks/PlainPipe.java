package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;

/**
 * The plain way to move a tenant's rows: one binary COPY out of the source piped into one binary
 * COPY of the target, table by table in the order of the foreign keys, over one connection pair and
 * in one transaction. No chunks, no checkpoints, no checks before, no verification.
 */
final class PlainPipe {
  private static final int PARTS = 12;

  private PlainPipe() {}

  /**
   * What went through.
   *
   * @param rows how many rows
   * @param bytes their size in COPY's binary format
   */
  record Volume(long rows, long bytes) {
    Volume plus(Volume other) {
      return new Volume(rows + other.rows, bytes + other.bytes);
    }
  }

  /** Copies the tenant's rows and commits. */
  static Volume copy(Database source, Database target, String tenant) throws SQLException {
    try (Connection from = begin(source);
        Connection to = begin(target)) {
      Volume all = new Volume(0, 0);
      for (SampleTable table : SampleTable.values()) {
        String columns = columns(from, table);
        CopyIn in = copyApi(to).copyIn(table.copyIn(columns));
        all = all.plus(pump(from, table.copyOut(columns, tenant), in));
      }
      to.commit();
      from.rollback();
      return all;
    }
  }

  /**
   * The same in several transactions at the same time, each for some of the notes and what hangs
   * from them, with foreign-key triggers off: what is left to a copy that checks nothing at all.
   */
  static void copyInParts(Database source, Database target, String tenant, int jobs)
      throws SQLException, InterruptedException, ExecutionException {
    long first;
    long last;
    try (Connection from = begin(source);
        Statement statement = from.createStatement();
        ResultSet ends =
            statement.executeQuery(
                "SELECT min(id), max(id) FROM note WHERE " + SampleTable.NOTE.condition(tenant))) {
      ends.next();
      first = ends.getLong(1);
      last = ends.getLong(2);
    }
    ExecutorService threads = Executors.newFixedThreadPool(jobs);
    try {
      List<Future<?>> parts = new ArrayList<>();
      parts.add(
          threads.submit(() -> copyPart(source, target, SampleTable.ABOVE_NOTES, tenant, 0, 0)));
      long each = (last - first) / PARTS + 1;
      for (long low = first; low <= last; low += each) {
        long from = low;
        parts.add(
            threads.submit(
                () ->
                    copyPart(
                        source, target, SampleTable.FROM_NOTES, tenant, from, from + each - 1)));
      }
      for (Future<?> part : parts) {
        part.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Volume copyPart(
      Database source,
      Database target,
      Set<SampleTable> tables,
      String tenant,
      long firstNote,
      long lastNote)
      throws SQLException {
    try (Connection from = begin(source);
        Connection to = begin(target);
        Statement at = to.createStatement()) {
      at.execute(
          "SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off");
      Volume all = new Volume(0, 0);
      for (SampleTable table : tables) {
        String columns = columns(from, table);
        CopyIn in = copyApi(to).copyIn(table.copyIn(columns));
        all = all.plus(pump(from, table.copyOut(columns, tenant, firstNote, lastNote), in));
      }
      to.commit();
      from.rollback();
      return all;
    }
  }

  /** Reads all that {@link #copy} would read and drops it. */
  static Volume measure(Database source, String tenant) throws SQLException {
    try (Connection from = begin(source)) {
      Volume all = new Volume(0, 0);
      for (SampleTable table : SampleTable.values()) {
        all = all.plus(pump(from, table.copyOut(columns(from, table), tenant), null));
      }
      from.rollback();
      return all;
    }
  }

  private static Volume pump(Connection from, String copyOut, @Nullable CopyIn in)
      throws SQLException {
    CopyOut out = copyApi(from).copyOut(copyOut);
    long bytes = 0;
    byte[] row = out.readFromCopy();
    while (row != null) {
      if (in != null) {
        in.writeToCopy(row, 0, row.length);
      }
      bytes += row.length;
      row = out.readFromCopy();
    }
    if (in != null) {
      in.endCopy();
    }
    return new Volume(out.getHandledRowCount(), bytes);
  }

  private static Connection begin(Database database) throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    return connection;
  }

  private static CopyManager copyApi(Connection connection) throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  /** Generated columns cannot be copied. */
  static String columns(Connection connection, SampleTable table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                    + " WHERE attrelid = '"
                    + table
                    + "'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''")) {
      row.next();
      return row.getString(1);
    }
  }
}
