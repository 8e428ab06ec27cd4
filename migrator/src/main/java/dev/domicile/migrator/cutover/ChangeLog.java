package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.CHANGE_LOG;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/** The changes that the gates of one migration have noted at one end and nobody took along yet. */
public final class ChangeLog {
  static final String TABLE = "domicile.change_log";

  // More are not counted: it is a lot in any case.
  private static final int COUNTED = 1_000_000;

  private final RealmSession session;
  private final Migration migration;
  private final Notes notes;

  /** The log that the session reaches. */
  public ChangeLog(RealmSession session, Migration migration) {
    this(session, migration, Notes.DIRECT);
  }

  /** The same, as far as it is written by now. */
  ChangeLog(RealmSession session, Migration migration, Notes notes) {
    this.session = session;
    this.migration = migration;
    this.notes = notes;
  }

  /**
   * Changes that can be taken along together.
   *
   * @param entries how many entries
   * @param last the highest number among them
   * @param tables tables with entries of single rows
   * @param whole tables any of whose rows may have changed
   * @param snapshot what the reader saw, so that exactly that is forgotten
   * @param place the table where the running snapshot shows the entries
   */
  record Batch(
      long entries,
      long last,
      Set<TableName> tables,
      Set<TableName> whole,
      String snapshot,
      String place) {}

  /**
   * Changes that wait, as somebody who looks at the migration wants to know.
   *
   * @param changes how many wait, one million at most
   * @param seconds how long the oldest has waited
   * @param logBytes how much of its log, of all tenants, the server holds back for changes that
   *     come by logical decoding and may not be counted yet; 0 if they do not
   */
  public record Lag(long changes, double seconds, long logBytes) {}

  /** What waits. */
  public Lag lag() {
    return session
        .first(
            """
            SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0),
                   (SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)
                    FROM domicile.fence JOIN pg_replication_slots ON slot_name = slot
                    WHERE migration_id = %1$d)
            FROM (SELECT at FROM domicile.change_log WHERE migration_id = %1$d ORDER BY id LIMIT %2$d) AS q
            """
                .formatted(migration.id(), COUNTED),
            row -> new Lag(row.getLong(1), Math.max(0, row.getDouble(2)), row.getLong(3)))
        .orElseThrow();
  }

  /** The highest number among the entries, 0 if there are none. */
  long newest() {
    return session.number(
        "SELECT coalesce(max(id), 0) FROM domicile.change_log WHERE migration_id = "
            + migration.id());
  }

  /** Whether there are entries of these tables. */
  boolean isAnyNoted(Collection<TableName> tables) {
    return !tables.isEmpty()
        && session.test(
            "SELECT EXISTS (SELECT FROM domicile.change_log WHERE migration_id = %d AND %s)"
                .formatted(migration.id(), of(tables)));
  }

  /**
   * The oldest entries of these tables, in the running snapshot.
   *
   * @param wait for how long those of changes that it shows are waited for
   */
  Optional<Batch> oldest(Collection<TableName> tables, int limit, Duration wait) {
    return tables.isEmpty()
        ? Optional.empty()
        : batch(notes.gather(session, of(tables), limit, wait), of(tables), limit);
  }

  /** The entries of these tables as a whole. */
  Optional<Batch> wholeTables(Collection<TableName> tables) {
    return tables.isEmpty()
        ? Optional.empty()
        : batch(TABLE, "key IS NULL AND " + of(tables), Integer.MAX_VALUE);
  }

  private Optional<Batch> batch(String place, String which, int limit) {
    List<Part> parts =
        session.query(
            """
            SELECT table_name, key IS NULL, count(*), max(id), pg_current_snapshot()::text
            FROM (SELECT id, table_name, key FROM %s WHERE migration_id = %d
                  AND %s ORDER BY id LIMIT %d) AS q
            GROUP BY 1, 2
            """
                .formatted(place, migration.id(), which, limit),
            row ->
                new Part(
                    TableName.parse(row.getString(1), ""),
                    row.getBoolean(2),
                    row.getLong(3),
                    row.getLong(4),
                    row.getString(5)));
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Batch(
                parts.stream().mapToLong(Part::entries).sum(),
                parts.stream().mapToLong(Part::last).max().orElseThrow(),
                names(parts, false),
                names(parts, true),
                parts.get(0).snapshot(),
                place));
  }

  /** The statement that lists the keys of one table in the batch, each once. */
  static String keys(Migration migration, TableName table, Batch batch) {
    return "SELECT DISTINCT key FROM %s WHERE migration_id = %d AND table_name = %s AND key IS NOT NULL AND id <= %d"
        .formatted(
            batch.place(), migration.id(), Identifiers.literal(table.toString()), batch.last());
  }

  /** Forgets the batch's entries of single rows, once they are safe at the other end. */
  void forgetRows(Batch batch) {
    if (!batch.tables().isEmpty()) {
      forget(batch, "key IS NOT NULL AND " + of(batch.tables()));
    }
  }

  /** Forgets the batch's entries of whole tables. */
  void forgetTables(Batch batch) {
    forget(batch, "key IS NULL AND " + of(batch.whole()));
  }

  /** Forgets everything: nobody is going to take it along. */
  public void clear() {
    session.domicile(
        query ->
            query
                .deleteFrom(CHANGE_LOG)
                .where(CHANGE_LOG.MIGRATION_ID.eq(migration.id()))
                .execute());
  }

  /** Notes that any row of the table may have changed. */
  static int noteTable(DSLContext query, Migration migration, TableName table) {
    return query
        .insertInto(CHANGE_LOG)
        .set(CHANGE_LOG.MIGRATION_ID, migration.id())
        .set(CHANGE_LOG.TABLE_NAME, table.toString())
        .execute();
  }

  /** Entries below the last number that were committed later are not of the batch and stay. */
  private void forget(Batch batch, String which) {
    session.execute(
        "DELETE FROM domicile.change_log WHERE migration_id = %d AND id <= %d AND %s AND pg_visible_in_snapshot(transaction::text::xid8, '%s')"
            .formatted(migration.id(), batch.last(), which, batch.snapshot()));
  }

  private static String of(Collection<TableName> tables) {
    return tables.stream()
        .map(name -> Identifiers.literal(name.toString()))
        .collect(Collectors.joining(", ", "table_name IN (", ")"));
  }

  private static Set<TableName> names(List<Part> parts, boolean whole) {
    return parts.stream()
        .filter(part -> part.whole() == whole)
        .map(Part::table)
        .collect(Collectors.toSet());
  }

  private record Part(TableName table, boolean whole, long entries, long last, String snapshot) {}
}
