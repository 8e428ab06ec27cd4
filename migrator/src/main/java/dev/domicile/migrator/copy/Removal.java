package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.copy.Tally.Gone;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Deletes a tenant's rows in batches, those that refer before those that are referred to, each
 * batch in one transaction and with a pause for others after it. It can stop at any batch and be
 * run again (promise P4).
 */
public final class Removal {
  private static final int LARGEST_BATCH = 5_000;
  private static final int SLOW = 10;
  private static final int ATTEMPTS = 6;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;
  // Lock not available, deadlock, not serializable: others are at work on the tables.
  private static final Set<String> CONTENTION = Set.of("55P03", "40P01", "40001");

  private final Plan plan;
  private final Ledger ledger;
  private final int batch;
  private final ProgressMeter meter;

  /** A removal of what the ledger lists. */
  public Removal(Plan plan, Ledger ledger, CopySettings settings, Progress.Listener listener) {
    this.plan = plan;
    this.ledger = ledger;
    this.batch = Math.min(LARGEST_BATCH, settings.chunkRows());
    this.meter = new ProgressMeter(listener);
  }

  /**
   * Deletes what this migration has brought into the target, as chunks or as changes. A chunk is
   * struck out in the transaction that deletes the last of its rows; in the end the copy is
   * forgotten.
   *
   * @return how many rows were deleted
   */
  public long undoCopy(RealmSession target) {
    long rows = 0;
    List<Chunk> chunks = childrenFirst(ledger.touched(target));
    meter.start(Progress.Phase.DELETE, chunks);
    if (!plan.foreignKeysDeferred()) {
      clearLate(chunks, target, chunk -> ledger.lease().guard(target));
    }
    for (Chunk chunk : chunks) {
      long deleted =
          delete(
              target,
              chunk,
              !plan.foreignKeysDeferred(),
              condition -> {
                ledger.lease().guard(target);
                Triggers.off(target, plan);
                return delete(target, condition, rows(chunk)).rows();
              },
              () -> ledger.checkpoints().strikeOut(target, chunk));
      meter.done(chunk, deleted, 0);
      rows += deleted;
    }
    target.transaction(
        () -> {
          ledger.lease().guard(target);
          ledger.clear(target);
          return true;
        });
    return rows;
  }

  /**
   * Deletes the old copy at the source, with foreign keys checked as always; where tables refer to
   * each other in a circle that cannot be, and the caller has made sure that nobody else refers.
   *
   * @param chunks as the copy has them
   * @param pass lets the running transaction past the fence of a table, or throws if it does not
   *     stand: then the rows are not the old copy
   */
  public void purge(
      RealmSession source, List<Chunk> chunks, Consumer<TableName> pass, Tally tally) {
    List<Chunk> cut =
        childrenFirst(
            selfReferencesWhole(chunks.stream().map(chunk -> chunk.atSource(plan)).toList()));
    meter.start(Progress.Phase.DELETE, cut);
    clearLate(cut, source, chunk -> pass.accept(chunk.table()));
    for (Chunk chunk : cut) {
      long deleted =
          delete(
              source,
              chunk,
              plan.circle().isEmpty(),
              condition -> {
                pass.accept(chunk.table());
                if (!plan.circle().isEmpty()) {
                  Triggers.off(source);
                }
                Gone gone = delete(source, condition, rows(chunk).leaving());
                tally.add(source, chunk.table(), gone);
                return gone.rows();
              },
              () -> {});
      meter.done(chunk, deleted, 0);
    }
  }

  /** Opens the circles of tables that refer to each other. */
  private void clearLate(List<Chunk> chunks, RealmSession session, Consumer<Chunk> guard) {
    for (Chunk chunk : chunks) {
      TablePlan table = plan.table(chunk.table());
      if (!table.lateNames().isEmpty()) {
        TenantRows rows = new TenantRows(plan, table);
        List<String> late = table.lateNames().stream().map(Identifiers::quote).toList();
        session.transaction(
            () -> {
              guard.accept(chunk);
              return session.execute(
                  "UPDATE %s SET %s WHERE %s AND (%s)"
                      .formatted(
                          rows.from(),
                          String.join(" = NULL, ", late) + " = NULL",
                          rows.where(chunk.range()),
                          "t." + String.join(" IS NOT NULL OR t.", late) + " IS NOT NULL"));
            });
      }
    }
  }

  /**
   * Deletes batch after batch, and what is left at last in one. Where references are checked, those
   * rows go first that no row of the table refers to; where they are few, as in a long chain, all
   * that is left goes at once.
   */
  private long delete(
      RealmSession session, Chunk chunk, boolean checked, Deletion deletion, Runnable last) {
    TenantRows rows = rows(chunk);
    long deleted = 0;
    boolean slow = plan.table(chunk.table()).key().isEmpty();
    while (!slow && exceedsBatch(session, rows, chunk)) {
      long gone = inTransaction(session, () -> deletion.delete(batch(rows, chunk, checked)));
      deleted += gone;
      slow = gone * SLOW < batch;
    }
    return deleted
        + inTransaction(
            session,
            () -> {
              last.run();
              return deletion.delete(rows.where(chunk.range()));
            });
  }

  private TenantRows rows(Chunk chunk) {
    return new TenantRows(plan, plan.table(chunk.table()));
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
    String key = columns("t", table.keyNames());
    return "(%s) IN (SELECT %s FROM %s WHERE %s%s LIMIT %d)"
        .formatted(key, key, rows.from(), rows.where(chunk.range()), unreferenced, batch);
  }

  /** Other rows of the table that refer to row {@code t}. */
  private static String referrers(TablePlan table, ForeignKey reference) {
    return "SELECT FROM %s AS r WHERE (%s) = (%s) AND (%s) <> (%s)"
        .formatted(
            table.name().sql(),
            columns("r", reference.columns()),
            columns("t", reference.referencedColumns()),
            columns("r", table.keyNames()),
            columns("t", table.keyNames()));
  }

  /**
   * Deletes rows.
   *
   * @param hashed the rows in the form that their hashes are of: that of the target
   */
  private static Gone delete(RealmSession session, String condition, TenantRows hashed) {
    return session
        .first(
            """
            WITH gone AS (DELETE FROM %s WHERE %s RETURNING %s AS h)
            SELECT count(*), coalesce(sum(h), 0), coalesce(bit_xor(h), 0) FROM gone
            """
                .formatted(hashed.from(), condition, hashed.rowHash()),
            row -> new Gone(row.getLong(1), row.getBigDecimal(2), row.getLong(3)))
        .orElseThrow();
  }

  /** Tries again what others were in the way of, then leaves them as much time as it took. */
  private static long inTransaction(RealmSession session, RealmSession.Work<Long> work) {
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

  /** Chunks of a table cannot go one by one where rows of one refer to those of another. */
  private List<Chunk> selfReferencesWhole(List<Chunk> chunks) {
    Set<TableName> whole = new HashSet<>();
    return chunks.stream()
        .filter(chunk -> !refersToItself(chunk) || whole.add(chunk.table()))
        .map(
            chunk ->
                refersToItself(chunk)
                    ? new Chunk(chunk.table(), 0, KeyRange.ALL, chunk.rows(), chunk.bytes())
                    : chunk)
        .toList();
  }

  private boolean refersToItself(Chunk chunk) {
    return !selfReferences(plan.table(chunk.table())).isEmpty();
  }

  private static List<ForeignKey> selfReferences(TablePlan table) {
    return table.references().stream()
        .filter(reference -> reference.referenced().equals(table.name()))
        .toList();
  }

  private List<Chunk> childrenFirst(List<Chunk> chunks) {
    Map<TableName, Integer> depths = plan.referenceDepths();
    List<Chunk> ordered = new ArrayList<>(chunks);
    ordered.sort(Comparator.comparing(chunk -> depths.get(chunk.table())));
    Collections.reverse(ordered);
    return ordered;
  }

  private static String columns(String row, List<String> names) {
    return names.stream()
        .map(name -> row + "." + Identifiers.quote(name))
        .collect(Collectors.joining(", "));
  }

  /** Deletes the rows that a condition describes, in the running transaction. */
  @FunctionalInterface
  private interface Deletion {
    long delete(String condition);
  }
}
