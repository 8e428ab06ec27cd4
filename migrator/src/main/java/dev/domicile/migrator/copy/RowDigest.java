package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;

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
    return of(session, List.of(query(rows, range))).get(0);
  }

  /** Computes what several queries ask for, in one question. */
  static List<RowDigest> of(RealmSession session, List<String> queries) {
    return session.onlyRows(queries, row -> new RowDigest(row.getLong(1), row.getString(2)));
  }

  /** The query for the digest of the tenant's rows in the range. */
  static String query(TenantRows rows, KeyRange range) {
    return query(rows, rows.where(range));
  }

  /** The query for the digest of the rows in the range that the running transaction has written. */
  static String queryOfWritten(TenantRows rows, KeyRange range) {
    return query(rows, rows.whereWritten(range));
  }

  private static String query(TenantRows rows, String condition) {
    return """
    SELECT count(*), coalesce(sum(h), 0) || ':' || coalesce(bit_xor(h), 0)
    FROM (SELECT %s AS h FROM %s WHERE %s) AS q
    """
        .formatted(rows.rowHash(), rows.from(), condition);
  }
}
