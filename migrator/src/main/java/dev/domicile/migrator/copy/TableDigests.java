package dev.domicile.migrator.copy;

import dev.domicile.migrator.session.RealmSession;

/**
 * One digest of all of a tenant's rows, from what is known of their parts: the rows of each table,
 * and the sum and the exclusive or of their hashes. It depends neither on how the rows were cut
 * into chunks nor on their order, so that what was copied, compared and deleted can be held against
 * each other.
 */
public final class TableDigests {
  private TableDigests() {}

  /**
   * The SHA-256 of a line for each table, in hex; computed by the server.
   *
   * @param parts a query that yields a table's name, rows, sum and exclusive or
   */
  static String of(RealmSession session, String parts) {
    return session
        .first(
            """
            SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex')
            FROM (SELECT part.table_name || ' ' || sum(part.rows) || ':' || sum(part.hash_sum) || ':' || bit_xor(part.hash_xor)
                    AS line
                  FROM (%s) AS part (table_name, rows, hash_sum, hash_xor) GROUP BY part.table_name) AS lines
            """
                .formatted(parts),
            row -> row.getString(1))
        .orElseThrow();
  }

  /** The same from digests as chunks have them. */
  public static String ofChunks(RealmSession session, String table, String condition) {
    return of(
        session,
        """
        SELECT table_name, rows, split_part(digest, ':', 2)::numeric, split_part(digest, ':', 3)::bigint
        FROM %s WHERE %s
        """
            .formatted(table, condition));
  }
}
