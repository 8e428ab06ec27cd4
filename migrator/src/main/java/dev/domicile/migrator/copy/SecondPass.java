package dev.domicile.migrator.copy;

import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fills in the references that the first pass has left null, because their tables refer to each
 * other in a circle. Like the first, it takes a chunk in one transaction with the word that it is
 * done, so that {@code synchronous_commit} can be off.
 */
final class SecondPass {
  private static final String STAGED = "pg_temp.domicile_late";

  private final Plan plan;
  private final Ledger ledger;

  SecondPass(Plan plan, Ledger ledger) {
    this.plan = plan;
    this.ledger = ledger;
  }

  /** Whether the copy leaves something of the table to the second pass. */
  static boolean concerns(Plan plan, TablePlan table) {
    return !plan.foreignKeysDeferred() && !table.lateNames().isEmpty();
  }

  /** The chunks whose references are not filled in yet. */
  List<Chunk> missing(RealmSession target) {
    return ledger.unfilled(
        target, plan.tables().stream().filter(table -> concerns(plan, table)).toList());
  }

  /** Fills in the references of one chunk, unless they are: an answer may have been lost. */
  boolean fill(RealmSession source, RealmSession target, Chunk chunk) {
    return target.transaction(
        () -> {
          target.execute("SET LOCAL synchronous_commit = off");
          ledger.lease().guard(target);
          if (!ledger.checkpoints().isFilled(target, chunk)) {
            ledger.checkpoints().filled(target, chunk, write(source, target, chunk));
          }
          return true;
        });
  }

  /** Returns how many rows have got a reference. */
  private long write(RealmSession source, RealmSession target, Chunk chunk) {
    TablePlan table = plan.table(chunk.table());
    TenantRows rows = new TenantRows(plan, table);
    List<String> late = table.lateNames();
    TenantRows leaving = rows.leaving();
    List<String> lent = Stream.concat(table.keyNames().stream(), late.stream()).toList();
    String sameKey =
        "(%s) = (%s)"
            .formatted(
                Identifiers.columns("t", table.keyNames()),
                Identifiers.columns("s", table.keyNames()));
    String differs =
        "ROW(%s)::text IS DISTINCT FROM ROW(%s)::text"
            .formatted(Identifiers.columns("t", late), Identifiers.columns("s", late));
    target.execute(
        "CREATE TEMPORARY TABLE domicile_late ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA"
            .formatted(rows.columns(lent), rows.from()));
    CopyPipe.run(
        source,
        "COPY (SELECT %s FROM %s WHERE %s AND (%s)) TO STDOUT"
            .formatted(
                leaving.columns(lent),
                leaving.from(),
                leaving.where(chunk.range()),
                anyIsThere(late)),
        target,
        "COPY " + STAGED + " FROM STDIN");
    target.execute("ANALYZE " + STAGED);
    long filled =
        target.execute(
            "UPDATE %s SET %s FROM %s AS s WHERE %s AND %s AND %s"
                .formatted(
                    rows.from(),
                    late.stream()
                        .map(Identifiers::quote)
                        .map(column -> column + " = s." + column)
                        .collect(Collectors.joining(", ")),
                    STAGED,
                    sameKey,
                    rows.where(),
                    differs));
    // A row that is not there was written after its chunk was copied.
    requireNone(
        target.number(
            "SELECT count(*) FROM %s, %s AS s WHERE %s AND %s AND %s"
                .formatted(rows.from(), STAGED, sameKey, rows.where(), differs)),
        chunk);
    return filled;
  }

  private static void requireNone(long different, Chunk chunk) {
    if (different > 0) {
      throw new VerificationFailed(
          different + " rows of " + chunk + " differ from their source in a late reference");
    }
  }

  private static String anyIsThere(List<String> names) {
    return names.stream()
        .map(name -> "t." + Identifiers.quote(name) + " IS NOT NULL")
        .collect(Collectors.joining(" OR "));
  }
}
