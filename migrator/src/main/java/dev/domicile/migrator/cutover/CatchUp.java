package dev.domicile.migrator.cutover;

import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Triggers;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes chunks of the target equal to the source again after the source was written to: rows that
 * are gone are deleted, children first; rows that are new or changed are written, parents first.
 * Repeating it does no harm.
 *
 * <p>Where foreign keys are deferred, changed rows are deleted as well and written anew, so that
 * rows may exchange values of a unique index. Otherwise they are updated in place.
 */
public final class CatchUp {
  private static final String STAGED = "pg_temp.domicile_rows";

  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;
  private final Runnable guard;

  /**
   * Over two sessions outside any transaction.
   *
   * @param guard makes sure, in a transaction of the target, that nobody has taken over
   */
  public CatchUp(RealmSession source, RealmSession target, Plan plan, Runnable guard) {
    this.source = source;
    this.target = target;
    this.plan = plan;
    this.guard = guard;
  }

  /** Brings the chunks, given in the order of the copy, up to date. */
  public void run(List<Chunk> chunks) {
    if (Cascades.follow(target, plan)) {
      write(chunks);
      delete(chunks);
    } else {
      delete(chunks);
      write(chunks);
    }
  }

  /** Deletes what is gone from the chunks, given in the order of the copy. */
  void delete(List<Chunk> chunks) {
    List<Chunk> childrenFirst = new ArrayList<>(chunks);
    Collections.reverse(childrenFirst);
    childrenFirst.forEach(this::deleteWhatIsGone);
  }

  /** Writes what is new or changed in the chunks, given in the order of the copy. */
  void write(List<Chunk> chunks) {
    chunks.forEach(this::writeWhatChanged);
  }

  private void deleteWhatIsGone(Chunk chunk) {
    TablePlan table = plan.table(chunk.table());
    if (table.key().isEmpty()) {
      KeylessRows keyless = new KeylessRows(new TenantRows(plan, table), table, STAGED);
      withStaged(table, table.columnNames(), chunk.range(), () -> target.execute(keyless.delete()));
      return;
    }
    TenantRows rows = new TenantRows(plan, table);
    boolean renew = plan.foreignKeysDeferred();
    String kept = sameKey(table) + (renew ? " AND " + sameContent(table) : "");
    withStaged(
        table,
        renew ? table.columnNames() : table.keyNames(),
        chunk.range(),
        () ->
            target.execute(
                "DELETE FROM %s WHERE %s AND NOT EXISTS (SELECT FROM %s AS s WHERE %s)"
                    .formatted(rows.from(), rows.where(chunk.range()), STAGED, kept)));
  }

  private void writeWhatChanged(Chunk chunk) {
    TablePlan table = plan.table(chunk.table());
    if (table.key().isEmpty()) {
      KeylessRows keyless = new KeylessRows(new TenantRows(plan, table), table, STAGED);
      withStaged(table, table.columnNames(), chunk.range(), () -> target.execute(keyless.insert()));
      return;
    }
    List<String> assignable =
        table.columns().stream()
            .filter(c -> !c.identityAlways() && !table.keyNames().contains(c.name()))
            .map(PlannedColumn::name)
            .toList();
    String all = Identifiers.quoteAll(table.columnNames());
    String update =
        assignable.isEmpty()
            ? "NOTHING"
            : "UPDATE SET "
                + assignable.stream()
                    .map(c -> Identifiers.quote(c) + " = EXCLUDED." + Identifiers.quote(c))
                    .collect(Collectors.joining(", "))
                + " WHERE coalesce("
                + new TenantRows(plan, table).owned("t")
                + ", false)";
    withStaged(
        table,
        table.columnNames(),
        chunk.range(),
        () -> {
          target.execute(
              """
              INSERT INTO %s AS t (%s) OVERRIDING SYSTEM VALUE
              SELECT %s FROM %s AS s WHERE NOT EXISTS (
                SELECT FROM %s AS t WHERE %s AND %s)
              ON CONFLICT (%s) DO %s
              """
                  .formatted(
                      table.name().sql(),
                      all,
                      all,
                      STAGED,
                      table.name().sql(),
                      sameKey(table),
                      sameContent(table),
                      Identifiers.quoteAll(table.keyNames()),
                      update));
          requireWritten(table);
        });
  }

  private void requireWritten(TablePlan table) {
    long lacking =
        target.number(
            "SELECT count(*) FROM %s AS s WHERE NOT EXISTS (SELECT FROM %s AS t WHERE %s AND %s)"
                .formatted(STAGED, table.name().sql(), sameKey(table), sameContent(table)));
    if (lacking > 0) {
      throw new VerificationFailed(Drain.notTaken(lacking, table.name(), plan.target()));
    }
  }

  /** Lends the source's rows of the range, some columns of them, to the work at the target. */
  private void withStaged(TablePlan table, List<String> columns, KeyRange range, Runnable work) {
    TenantRows rows = new TenantRows(plan, table);
    String selected =
        columns.stream().map(c -> "t." + Identifiers.quote(c)).collect(Collectors.joining(", "));
    target.transaction(
        () -> {
          guard.run();
          Triggers.off(target, plan);
          target.execute(
              "CREATE TEMPORARY TABLE domicile_rows ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA"
                  .formatted(selected, rows.from()));
          CopyPipe.run(
              source,
              "COPY (SELECT %s FROM %s WHERE %s) TO STDOUT"
                  .formatted(selected, rows.from(), rows.where(range)),
              target,
              "COPY " + STAGED + " FROM STDIN");
          target.execute("ANALYZE " + STAGED);
          work.run();
          return true;
        });
  }

  private static String sameContent(TablePlan table) {
    return rowText("t", table) + " = " + rowText("s", table);
  }

  private static String rowText(String row, TablePlan table) {
    return table.columnNames().stream()
        .map(c -> row + "." + Identifiers.quote(c))
        .collect(Collectors.joining(", ", "ROW(", ")::text COLLATE \"C\""));
  }

  private static String sameKey(TablePlan table) {
    return table.keyNames().stream()
        .map(c -> "t." + Identifiers.quote(c) + " = s." + Identifiers.quote(c))
        .collect(Collectors.joining(" AND "));
  }
}
