package dev.domicile.migrator.copy;

import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.concurrent.Executor;

/**
 * Copies one chunk in one transaction of the target: rows, comparison, checkpoint. Either all of it
 * is in or nothing, so {@code synchronous_commit} can be off: a commit that a crash of the server
 * loses takes the checkpoint along (promise P3).
 *
 * <p>At the source, rows and digest are read from one snapshot, so that a write in between is no
 * difference.
 */
final class ChunkCopier {
  private final Plan plan;
  private final Ledger ledger;
  private final Executor digests;

  ChunkCopier(Plan plan, Ledger ledger, Executor digests) {
    this.plan = plan;
    this.ledger = ledger;
    this.digests = digests;
  }

  CopyPipe.Volume copy(RealmSession source, RealmSession target, Chunk chunk) {
    TablePlan table = plan.table(chunk.table());
    TenantRows rows = new TenantRows(plan, table);
    String format = table.binary() ? " WITH (FORMAT binary)" : "";
    String copyOut =
        "COPY (SELECT %s FROM %s WHERE %s) TO STDOUT%s"
            .formatted(rows.columns(), rows.from(), rows.where(chunk.range()), format);
    String copyIn =
        "COPY %s (%s) FROM STDIN%s"
            .formatted(table.name().sql(), Identifiers.quoteAll(table.columnNames()), format);
    return target.transaction(
        () -> {
          prepare(target);
          ledger.guard(target);
          return source.snapshot(
              () -> {
                CopyPipe.Volume volume = CopyPipe.run(source, copyOut, target, copyIn);
                RowDigest digest = compare(source, target, rows, chunk);
                ledger.checkpoint(target, chunk, volume, digest);
                return volume;
              });
        });
  }

  /** Switches off, for this transaction, what would only be done twice or wait for the disk. */
  private void prepare(RealmSession target) {
    target.execute("SET LOCAL synchronous_commit = off");
    Triggers.off(target, plan);
  }

  private RowDigest compare(
      RealmSession source, RealmSession target, TenantRows rows, Chunk chunk) {
    BothEnds ends = BothEnds.of(source, target, rows, chunk.range(), digests);
    if (!ends.equal()) {
      throw new VerificationFailed(
          chunk + " differs from its source right after it was copied; nothing of it was kept");
    }
    return ends.target();
  }
}
