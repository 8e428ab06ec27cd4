package dev.domicile.migrator.session;

import dev.domicile.router.DatabaseConfig;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/**
 * A connection over which a server sends what a replication slot decodes. Read by one thread;
 * closed by any.
 */
public final class ReplicationSession implements AutoCloseable {
  private static final String OLDEST_SERVER = "14";
  private static final int STATUS_SECONDS = 1;

  private final String name;
  private final Connection connection;
  private final PGReplicationStream stream;
  private LogSequenceNumber confirmed = LogSequenceNumber.INVALID_LSN;

  private ReplicationSession(String name, Connection connection, PGReplicationStream stream) {
    this.name = name;
    this.connection = connection;
    this.stream = stream;
  }

  /**
   * Starts reading a slot of pgoutput where it was last confirmed, messages of {@code
   * pg_logical_emit_message} included.
   *
   * @param name how errors call the database, such as {@code realms.EU}
   */
  public static ReplicationSession open(
      String name, DatabaseConfig config, String slot, String publication) {
    Connection connection;
    try {
      PGSimpleDataSource source =
          config.unpooled(RealmSession.APPLICATION_NAME).unwrap(PGSimpleDataSource.class);
      source.setReplication("database");
      source.setPreferQueryMode(PreferQueryMode.SIMPLE);
      source.setAssumeMinServerVersion(OLDEST_SERVER);
      connection = source.getConnection();
    } catch (SQLException e) {
      throw Failures.unavailable(name, config, e);
    }
    try {
      return new ReplicationSession(name, connection, start(connection, slot, publication));
    } catch (SQLException e) {
      abort(connection);
      throw Failures.statement(name, e);
    }
  }

  private static PGReplicationStream start(Connection connection, String slot, String publication)
      throws SQLException {
    return connection
        .unwrap(PGConnection.class)
        .getReplicationAPI()
        .replicationStream()
        .logical()
        .withSlotName(slot)
        // Only what is confirmed here counts as read.
        .withAutomaticFlush(false)
        .withStatusInterval(STATUS_SECONDS, TimeUnit.SECONDS)
        .withSlotOption("proto_version", "1")
        .withSlotOption("publication_names", publication)
        .withSlotOption("messages", "true")
        .start();
  }

  /** The next message if it is there already, or null. */
  public @Nullable ByteBuffer pending() {
    try {
      return stream.readPending();
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    }
  }

  /** The next message, however long it takes. */
  public ByteBuffer next() {
    try {
      return stream.read();
    } catch (SQLException e) {
      throw Failures.statement(name, e);
    }
  }

  /** Lets the server forget all that has come so far; between two transactions. */
  public void confirm() {
    LogSequenceNumber read = stream.getLastReceiveLSN();
    if (read.compareTo(confirmed) > 0) {
      confirmed = read;
      stream.setAppliedLSN(read);
      stream.setFlushedLSN(read);
    }
  }

  @Override
  public void close() {
    abort(connection);
  }

  /** A stream that is closed in order would wait for the server, and a reader for it. */
  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      System.getLogger(ReplicationSession.class.getName())
          .log(System.Logger.Level.DEBUG, "Closing a connection", e);
    }
  }
}
