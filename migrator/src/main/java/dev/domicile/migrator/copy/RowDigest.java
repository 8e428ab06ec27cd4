package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;

/**
 * Says what rows a range holds in a form that two servers can compare: how many, and the sum and
 * the exclusive or of a 64-bit hash of each row. It does not depend on the order of the rows, and
 * it is computed by the server: only the digest travels.
 *
 * @param rows how many rows
 * @param digest the sum and the exclusive or, as text
 */
public record RowDigest(long rows, String digest) {

  /** Computes the digest of the tenant's rows in the range. */
  public static RowDigest of(RealmSession session, TenantRows rows, KeyRange range) {
    return of(session, rows, rows.where(range));
  }

  /** Computes the digest of the rows in the range that the running transaction has written. */
  static RowDigest ofWritten(RealmSession session, TenantRows rows, KeyRange range) {
    return of(session, rows, rows.whereWritten(range));
  }

  private static RowDigest of(RealmSession session, TenantRows rows, String condition) {
    return session
        .first(
            """
            SELECT count(*), coalesce(sum(h), 0) || ':' || coalesce(bit_xor(h), 0)
            FROM (SELECT %s AS h FROM %s WHERE %s) AS q
            """
                .formatted(rows.rowHash(), rows.from(), condition),
            row -> new RowDigest(row.getLong(1), row.getString(2)))
        .orElseThrow();
  }
}
