package dev.domicile.migrator.session;

import dev.domicile.migrator.MigrationException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOperation;
import org.postgresql.copy.CopyOut;

/**
 * Streams the rows of a COPY out of one database into a COPY of another. It holds one row in memory
 * at a time and a buffer of rows that go out together: the target's pace is the source's pace.
 */
public final class CopyPipe {
  private static final int BUFFER_BYTES = 1 << 16;

  private final RealmSession target;
  private final CopyIn in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int filled;

  private CopyPipe(RealmSession target, CopyIn in) {
    this.target = target;
    this.in = in;
  }

  /**
   * What went through.
   *
   * @param rows how many rows
   * @param bytes their size in COPY's own format
   */
  public record Volume(long rows, long bytes) {}

  /** Says how much of each message goes on. */
  @FunctionalInterface
  public interface Filter {
    /**
     * Looks at a message, which is a row, and may change it.
     *
     * @return how many of its first bytes go on
     */
    int keep(byte[] message);
  }

  /**
   * Runs both statements to their end.
   *
   * @throws MigrationException if either side fails; both are cancelled then
   */
  public static Volume run(
      RealmSession source, String copyOut, RealmSession target, String copyIn) {
    return run(source, copyOut, target, copyIn, message -> message.length);
  }

  /** The same with a filter in between. */
  public static Volume run(
      RealmSession source, String copyOut, RealmSession target, String copyIn, Filter filter) {
    try (Cancelled<CopyOut> out = copyOut(source, copyOut);
        Cancelled<CopyIn> in = copyIn(target, copyIn)) {
      CopyPipe pipe = new CopyPipe(target, in.operation());
      long bytes = 0;
      byte[] row = read(source, out.operation());
      while (row != null) {
        int length = filter.keep(row);
        pipe.add(row, length);
        bytes += length;
        row = read(source, out.operation());
      }
      long arrived = pipe.end();
      long left = out.operation().getHandledRowCount();
      if (arrived != left) {
        throw new MigrationException.VerificationFailed(
            left + " rows left " + source.name() + ", but " + arrived + " arrived");
      }
      return new Volume(arrived, bytes);
    }
  }

  private static Cancelled<CopyOut> copyOut(RealmSession session, String sql) {
    try {
      return new Cancelled<>(session, session.driver().getCopyAPI().copyOut(sql));
    } catch (SQLException e) {
      throw Failures.statement(session.name(), e);
    }
  }

  private static Cancelled<CopyIn> copyIn(RealmSession session, String sql) {
    try {
      return new Cancelled<>(session, session.driver().getCopyAPI().copyIn(sql));
    } catch (SQLException e) {
      throw Failures.statement(session.name(), e);
    }
  }

  private static byte @Nullable [] read(RealmSession session, CopyOut operation) {
    try {
      return operation.readFromCopy();
    } catch (SQLException e) {
      throw Failures.statement(session.name(), e);
    }
  }

  /** A message for each row would cost both sides more than the row. */
  private void add(byte[] row, int length) {
    if (length > buffer.length - filled) {
      flush();
    }
    if (length > buffer.length) {
      write(row, length);
    } else {
      System.arraycopy(row, 0, buffer, filled, length);
      filled += length;
    }
  }

  private void flush() {
    write(buffer, filled);
    filled = 0;
  }

  private void write(byte[] bytes, int length) {
    try {
      in.writeToCopy(bytes, 0, length);
    } catch (SQLException e) {
      throw Failures.statement(target.name(), e);
    }
  }

  private long end() {
    flush();
    try {
      return in.endCopy();
    } catch (SQLException e) {
      throw Failures.statement(target.name(), e);
    }
  }

  /** A COPY that is cancelled if it has not ended, so that the connection can be used again. */
  private record Cancelled<C extends CopyOperation>(RealmSession session, C operation)
      implements AutoCloseable {
    @Override
    public void close() {
      try {
        if (operation.isActive()) {
          operation.cancelCopy();
        }
      } catch (SQLException e) {
        System.getLogger(CopyPipe.class.getName())
            .log(System.Logger.Level.DEBUG, "Cancelling a COPY on {0}", session.name());
      }
    }
  }
}
