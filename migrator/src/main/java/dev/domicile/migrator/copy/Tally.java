package dev.domicile.migrator.copy;

import static dev.domicile.sql.realm.Tables.REMOVAL;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import org.jooq.impl.DSL;

/**
 * What a purge has deleted, counted in the transactions that deleted it, so that a purge in several
 * goes knows the whole amount.
 */
public final class Tally {
  private final Migration migration;

  /** The tally of one migration. */
  public Tally(Migration migration) {
    this.migration = migration;
  }

  /** What was deleted, for the audit trail: all rows, their digest, the rows of each table. */
  public Map<String, Object> audit(RealmSession session) {
    Map<String, Long> tables = tables(session);
    return Map.of(
        "rowsDeleted", tables.values().stream().mapToLong(Long::longValue).sum(),
        "digest", digest(session),
        "tables", tables);
  }

  /** Forgets what was deleted. */
  public void forget(RealmSession session) {
    session.domicile(
        query ->
            query.deleteFrom(REMOVAL).where(REMOVAL.MIGRATION_ID.eq(migration.id())).execute());
  }

  private Map<String, Long> tables(RealmSession session) {
    Map<String, Long> rows = new TreeMap<>();
    session.domicile(
        query ->
            query
                .selectFrom(REMOVAL)
                .where(REMOVAL.MIGRATION_ID.eq(migration.id()))
                .fetch(row -> rows.put(row.getTableName(), row.getRows())));
    return rows;
  }

  private String digest(RealmSession session) {
    return TableDigests.of(
        session,
        "SELECT table_name, rows, hash_sum, hash_xor FROM domicile.removal WHERE migration_id = "
            + migration.id());
  }

  /** Adds rows, in the running transaction. */
  void add(RealmSession session, TableName table, Gone gone) {
    session.domicile(
        query ->
            query
                .insertInto(REMOVAL)
                .set(REMOVAL.MIGRATION_ID, migration.id())
                .set(REMOVAL.TABLE_NAME, table.toString())
                .set(REMOVAL.ROWS, gone.rows())
                .set(REMOVAL.HASH_SUM, gone.hashSum())
                .set(REMOVAL.HASH_XOR, gone.hashXor())
                .onConflict(REMOVAL.MIGRATION_ID, REMOVAL.TABLE_NAME)
                .doUpdate()
                .set(REMOVAL.ROWS, REMOVAL.ROWS.plus(gone.rows()))
                .set(REMOVAL.HASH_SUM, REMOVAL.HASH_SUM.plus(gone.hashSum()))
                .set(REMOVAL.HASH_XOR, DSL.bitXor(REMOVAL.HASH_XOR, gone.hashXor()))
                .execute());
  }

  /**
   * Rows that one statement has deleted: how many, and the sum and exclusive or of their hashes.
   */
  record Gone(long rows, BigDecimal hashSum, long hashXor) {}
}
