package dev.domicile.migrator.copy;

import dev.domicile.migrator.Progress;
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
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Deletes a tenant's rows chunk by chunk, those that refer before those that are referred to. It
 * can stop at any chunk and be run again (promise P4).
 */
public final class Removal {
  private final Plan plan;
  private final Ledger ledger;
  private final ProgressMeter meter;

  /** A removal of what the ledger lists. */
  public Removal(Plan plan, Ledger ledger, Progress.Listener listener) {
    this.plan = plan;
    this.ledger = ledger;
    this.meter = new ProgressMeter(listener);
  }

  /**
   * Deletes what this migration has copied into the target, each chunk in one transaction with its
   * checkpoint, then forgets the copy.
   *
   * @return how many rows were deleted
   */
  public long undoCopy(RealmSession target) {
    long rows = 0;
    List<Chunk> chunks = childrenFirst(ledger.copied(target));
    meter.start(Progress.Phase.DELETE, chunks);
    if (!plan.foreignKeysDeferred()) {
      clearLate(chunks, target, chunk -> ledger.guard(target));
    }
    for (Chunk chunk : chunks) {
      long deleted =
          target.transaction(
              () -> {
                ledger.guard(target);
                Triggers.off(target, plan);
                ledger.strikeOut(target, chunk);
                return delete(target, chunk);
              });
      meter.done(chunk, deleted, 0);
      rows += deleted;
    }
    target.transaction(
        () -> {
          ledger.guard(target);
          ledger.clear(target);
          return true;
        });
    return rows;
  }

  /**
   * Deletes the old copy at the source, with foreign keys checked as always; where tables refer to
   * each other in a circle that cannot be, and the caller has made sure that nobody else refers.
   *
   * @param pass lets the running transaction past the fence of a table, or throws if it does not
   *     stand: then the rows are not the old copy
   * @return how many rows were deleted
   */
  public long purge(RealmSession source, List<Chunk> chunks, Consumer<TableName> pass) {
    long rows = 0;
    List<Chunk> cut = childrenFirst(selfReferencesWhole(chunks));
    meter.start(Progress.Phase.DELETE, cut);
    clearLate(cut, source, chunk -> pass.accept(chunk.table()));
    for (Chunk chunk : cut) {
      long deleted =
          source.transaction(
              () -> {
                pass.accept(chunk.table());
                if (!plan.circle().isEmpty()) {
                  Triggers.off(source);
                }
                return delete(source, chunk);
              });
      meter.done(chunk, deleted, 0);
      rows += deleted;
    }
    return rows;
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

  /** Rows of one table that refer to each other can only go together. */
  private List<Chunk> selfReferencesWhole(List<Chunk> chunks) {
    return chunks.stream()
        .filter(chunk -> chunk.number() == 0 || !refersToItself(chunk))
        .map(
            chunk ->
                refersToItself(chunk)
                    ? new Chunk(chunk.table(), 0, KeyRange.ALL, chunk.rows(), chunk.bytes())
                    : chunk)
        .toList();
  }

  private boolean refersToItself(Chunk chunk) {
    return plan.table(chunk.table()).references().stream()
        .anyMatch(reference -> reference.referenced().equals(chunk.table()));
  }

  private long delete(RealmSession session, Chunk chunk) {
    TenantRows rows = new TenantRows(plan, plan.table(chunk.table()));
    return session.execute(
        "DELETE FROM %s WHERE %s".formatted(rows.from(), rows.where(chunk.range())));
  }

  private List<Chunk> childrenFirst(List<Chunk> chunks) {
    Map<TableName, Integer> depths = plan.referenceDepths();
    List<Chunk> ordered = new ArrayList<>(chunks);
    ordered.sort(Comparator.comparing(chunk -> depths.get(chunk.table())));
    Collections.reverse(ordered);
    return ordered;
  }
}
