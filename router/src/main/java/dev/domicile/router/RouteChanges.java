package dev.domicile.router;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads which routes changed since the last look, by comparing snapshots: each look returns exactly
 * the rows whose last change the look before could not see, in whatever order the transactions
 * committed and however long they took.
 */
final class RouteChanges {
  private static final int FETCH_SIZE = 1000;

  /**
   * The range of versions lets the index find the rows. Its upper bound leaves out rows of another
   * server's history, as a restored dump has them: they would be found again at each look.
   */
  private static final String CHANGED =
      """
      SELECT now.snapshot::text, pg_snapshot_xmin(now.snapshot)::text::bigint, now.started,
             r.client_key, r.realm, r.state, r.epoch, r.since, pg_is_in_recovery()
      FROM (SELECT pg_current_snapshot() AS snapshot, pg_postmaster_start_time() AS started) AS now
      LEFT JOIN domicile.route AS r
        ON r.version >= ?
       AND r.version < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
       AND NOT pg_visible_in_snapshot(r.version::text::xid8, ?::pg_snapshot)
      """;

  /** A snapshot that saw everything: with it a look returns no rows but its own snapshot. */
  private static final Look NOTHING_YET = new Look("1:1:", Long.MAX_VALUE, Instant.EPOCH);

  private Look last = NOTHING_YET;

  /**
   * Looks once more.
   *
   * @param changed is given each changed row
   * @return whether the changes are complete; if not, this was the first look at this server, and
   *     what is known from before it has to be read again
   */
  boolean read(Connection control, Consumer<RouteRow> changed) throws SQLException {
    Look before = last;
    @Nullable Look now = null;
    try (PreparedStatement query = control.prepareStatement(CHANGED)) {
      query.setFetchSize(FETCH_SIZE);
      query.setLong(1, before.oldest());
      query.setString(2, before.snapshot());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          requirePrimary(rows.getBoolean(9));
          now = new Look(rows.getString(1), rows.getLong(2), rows.getTimestamp(3).toInstant());
          if (rows.getString(4) != null) {
            row(rows).ifPresent(changed);
          }
        }
      }
    }
    if (now == null) {
      throw new SQLException("the control database returned no snapshot");
    }
    last = now;
    return now.follows(before);
  }

  /** The snapshot of a standby does not tell which transactions are under way. */
  private static void requirePrimary(boolean standby) throws SQLException {
    if (standby) {
      throw new SQLException("the control database is a standby; name the primary", "25006");
    }
  }

  private static java.util.Optional<RouteRow> row(ResultSet row) throws SQLException {
    Timestamp since = row.getTimestamp(8);
    return RouteRow.of(
        row.getString(4), row.getString(5), row.getString(6), row.getLong(7), since.toInstant());
  }

  /** What one look saw of the server. */
  private record Look(String snapshot, long oldest, Instant started) {
    /** A server that was restarted may be another one, with another history. */
    boolean follows(Look before) {
      return started.equals(before.started) && oldest >= before.oldest;
    }
  }
}
