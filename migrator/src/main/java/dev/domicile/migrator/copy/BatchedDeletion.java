package dev.domicile.migrator.copy;

import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Deletes the rows of a chunk in transactions of a bounded number of rows. What others were in the
 * way of is tried again; after each transaction they have as much time as it took.
 */
final class BatchedDeletion {
  private static final int SLOW = 10;
  private static final int ATTEMPTS = 6;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;
  // Lock not available, deadlock, not serializable: others are at work on the tables.
  private static final Set<String> CONTENTION = Set.of("55P03", "40P01", "40001");

  private final Plan plan;
  private final int batch;

  /** At most so many rows in a transaction, but for those that cannot go one by one. */
  BatchedDeletion(Plan plan, int batch) {
    this.plan = plan;
    this.batch = batch;
  }

  /** Deletes the rows of a chunk that a condition describes, in the running transaction. */
  @FunctionalInterface
  interface Deletion {
    /** Returns how many rows it has deleted. */
    long delete(Chunk chunk, String condition);
  }

  /**
   * Deletes batch after batch, and what is left at last in one. Where references are checked, those
   * rows go first that no row of the table refers to; where they are few, as in a long chain, all
   * that is left goes at once.
   */
  long delete(
      RealmSession session, Chunk chunk, boolean checked, Deletion deletion, Consumer<Chunk> last) {
    TenantRows rows = new TenantRows(plan, plan.table(chunk.table()));
    long deleted = 0;
    boolean slow = plan.table(chunk.table()).key().isEmpty();
    while (!slow && exceedsBatch(session, rows, chunk)) {
      long gone = inTransaction(session, () -> deletion.delete(chunk, batch(rows, chunk, checked)));
      deleted += gone;
      slow = gone * SLOW < batch;
    }
    return deleted
        + inTransaction(
            session,
            () -> {
              last.accept(chunk);
              return deletion.delete(chunk, rows.where(chunk.range()));
            });
  }

  private boolean exceedsBatch(RealmSession session, TenantRows rows, Chunk chunk) {
    return session.test(
        "WITH own AS MATERIALIZED (SELECT FROM %s WHERE %s) SELECT count(*) > %d FROM (SELECT FROM own LIMIT %d) AS q"
            .formatted(rows.from(), rows.where(chunk.range()), batch, batch + 1));
  }

  /** The condition that a row belongs to the next batch. */
  private String batch(TenantRows rows, Chunk chunk, boolean checked) {
    TablePlan table = plan.table(chunk.table());
    String unreferenced =
        selfReferences(table).stream()
            .filter(reference -> checked)
            .map(reference -> " AND NOT EXISTS (" + referrers(table, reference) + ")")
            .collect(Collectors.joining());
    String key = Identifiers.columns("t", table.keyNames());
    return "(%s) IN (SELECT %s FROM %s WHERE %s%s LIMIT %d)"
        .formatted(key, key, rows.from(), rows.where(chunk.range()), unreferenced, batch);
  }

  /** Other rows of the table that refer to row {@code t}. */
  private static String referrers(TablePlan table, ForeignKey reference) {
    return "SELECT FROM %s AS r WHERE (%s) = (%s) AND (%s) <> (%s)"
        .formatted(
            table.name().sql(),
            Identifiers.columns("r", reference.columns()),
            Identifiers.columns("t", reference.referencedColumns()),
            Identifiers.columns("r", table.keyNames()),
            Identifiers.columns("t", table.keyNames()));
  }

  /** Tries again what others were in the way of, then leaves them as much time as it took. */
  static long inTransaction(RealmSession session, RealmSession.Work<Long> work) {
    long started = System.nanoTime();
    for (int attempt = 1; ; attempt++) {
      try {
        long rows = session.transaction(work);
        pause((System.nanoTime() - started) / 1_000_000);
        return rows;
      } catch (StatementFailed e) {
        if (!CONTENTION.contains(e.sqlState()) || attempt == ATTEMPTS) {
          throw e;
        }
        pause(50L << attempt);
      }
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(Math.min(millis, LONGEST_PAUSE_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Its foreign keys to itself. */
  static List<ForeignKey> selfReferences(TablePlan table) {
    return table.references().stream()
        .filter(reference -> reference.referenced().equals(table.name()))
        .toList();
  }
}
