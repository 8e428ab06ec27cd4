package dev.domicile.migrator.plan;

import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lends rows of the source to the target as a temporary table, so that a check can join them there.
 * Nothing but the two realms sees them.
 */
final class LentRows {
  /** What the table is called while it is lent. */
  static final String TABLE = "pg_temp.domicile_lent";

  private final RealmSession source;
  private final RealmSession target;
  private @Nullable String extensionSchemas;

  LentRows(RealmSession source, RealmSession target) {
    this.source = source;
    this.target = target;
  }

  /**
   * Runs the check while the rows are lent.
   *
   * @param shape a query on the target's tables with the columns and types of the rows
   * @param rows the query on the source that yields the rows
   */
  void lend(String shape, String rows, Runnable check) {
    target.execute("CREATE TEMPORARY TABLE domicile_lent AS " + shape + " WITH NO DATA");
    try {
      CopyPipe.run(
          source, "COPY (" + rows + ") TO STDOUT", target, "COPY " + TABLE + " FROM STDIN");
      target.execute("ANALYZE " + TABLE);
      // Types of extensions are compared by operators that lie beside them.
      target.execute("SET search_path = " + extensionSchemas());
      check.run();
    } finally {
      if (target.isUsable()) {
        target.execute("SET search_path = ''; DROP TABLE " + TABLE);
      }
    }
  }

  private String extensionSchemas() {
    if (extensionSchemas == null) {
      List<String> names =
          target.query(
              """
              SELECT DISTINCT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
              WHERE t.oid >= 16384 AND t.typtype = 'b' AND t.typelem = 0
              """,
              row -> row.getString(1));
      extensionSchemas = names.isEmpty() ? "''" : Identifiers.quoteAll(names);
    }
    return extensionSchemas;
  }
}
