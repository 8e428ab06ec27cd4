package dev.domicile.migrator.session;

import dev.domicile.migrator.MigrationException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOperation;
import org.postgresql.copy.CopyOut;

/**
 * Streams the rows of a COPY out of one database into a COPY of another. It holds one row in memory
 * at a time: the target's pace is the source's pace.
 */
public final class CopyPipe {
  private CopyPipe() {}

  /**
   * What went through.
   *
   * @param rows how many rows
   * @param bytes their size in COPY's own format
   */
  public record Volume(long rows, long bytes) {}

  /**
   * Runs both statements to their end.
   *
   * @throws MigrationException if either side fails; both are cancelled then
   */
  public static Volume run(
      RealmSession source, String copyOut, RealmSession target, String copyIn) {
    try (Cancelled<CopyOut> out = copyOut(source, copyOut);
        Cancelled<CopyIn> in = copyIn(target, copyIn)) {
      long bytes = 0;
      byte[] row = read(source, out.operation());
      while (row != null) {
        write(target, in.operation(), row);
        bytes += row.length;
        row = read(source, out.operation());
      }
      return new Volume(end(target, in.operation()), bytes);
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

  private static void write(RealmSession session, CopyIn operation, byte[] row) {
    try {
      operation.writeToCopy(row, 0, row.length);
    } catch (SQLException e) {
      throw Failures.statement(session.name(), e);
    }
  }

  private static long end(RealmSession session, CopyIn operation) {
    try {
      return operation.endCopy();
    } catch (SQLException e) {
      throw Failures.statement(session.name(), e);
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
