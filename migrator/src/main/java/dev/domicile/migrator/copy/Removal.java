package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.copy.Tally.Gone;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
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

/**
 * Deletes a tenant's rows in batches, those that refer before those that are referred to, each
 * batch in one transaction and with a pause for others after it. It can stop at any batch and be
 * run again (promise P4).
 */
public final class Removal {
  private static final int LARGEST_BATCH = 5_000;

  private final Plan plan;
  private final Ledger ledger;
  private final BatchedDeletion batches;
  private final ProgressMeter meter;

  /** A removal of what the ledger lists. */
  public Removal(Plan plan, Ledger ledger, CopySettings settings, Progress.Listener listener) {
    this.plan = plan;
    this.ledger = ledger;
    this.batches = new BatchedDeletion(plan, Math.min(LARGEST_BATCH, settings.chunkRows()));
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
    for (List<Chunk> unit : Units.inTarget(plan).of(chunks)) {
      rows +=
          delete(
              target,
              unit,
              !plan.foreignKeysDeferred(),
              (chunk, condition) -> {
                ledger.lease().guard(target);
                Triggers.off(target, plan);
                return delete(target, condition, rows(chunk)).rows();
              },
              chunk -> ledger.checkpoints().strikeOut(target, chunk));
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
    for (List<Chunk> unit : Units.inSource(plan).of(cut)) {
      delete(
          source,
          unit,
          plan.circle().isEmpty(),
          (chunk, condition) -> {
            pass.accept(chunk.table());
            if (!plan.circle().isEmpty()) {
              source.execute(Triggers.OFF);
            }
            Gone gone = delete(source, condition, rows(chunk).leaving());
            tally.add(source, chunk.table(), gone);
            return gone.rows();
          },
          chunk -> {});
    }
  }

  /** Deletes a unit: a chunk by batches, what goes together at once. */
  private long delete(
      RealmSession session,
      List<Chunk> unit,
      boolean checked,
      BatchedDeletion.Deletion deletion,
      Consumer<Chunk> last) {
    if (unit.size() == 1) {
      long deleted = batches.delete(session, unit.get(0), checked, deletion, last);
      meter.done(unit.get(0), deleted, 0);
      return deleted;
    }
    long all =
        BatchedDeletion.inTransaction(
            session,
            () -> {
              session.execute("SET CONSTRAINTS ALL DEFERRED");
              long deleted = 0;
              for (int i = unit.size() - 1; i >= 0; i--) {
                Chunk chunk = unit.get(i);
                last.accept(chunk);
                deleted += deletion.delete(chunk, rows(chunk).where(chunk.range()));
              }
              return deleted;
            });
    unit.forEach(chunk -> meter.done(chunk, chunk.rows(), 0));
    return all;
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

  private TenantRows rows(Chunk chunk) {
    return new TenantRows(plan, plan.table(chunk.table()));
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
    return !BatchedDeletion.selfReferences(plan.table(chunk.table())).isEmpty();
  }

  private List<Chunk> childrenFirst(List<Chunk> chunks) {
    Map<TableName, Integer> depths = plan.transactionDepths();
    List<Chunk> ordered = new ArrayList<>(chunks);
    ordered.sort(Comparator.comparing(chunk -> depths.get(chunk.table())));
    Collections.reverse(ordered);
    return ordered;
  }
}
