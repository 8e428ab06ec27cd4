package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.MigrationException.WindowClosed;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * Copies all chunks that are not in yet: first every table is cut into chunks, so that the whole
 * amount is known, then wave after wave is copied. Running it again goes on where it stopped.
 */
public final class CopyRun {
  private final Migration migration;
  private final Plan plan;
  private final CopySettings settings;
  private final InstantSource clock;
  private final ProgressMeter meter;

  /** A run of one migration. */
  public CopyRun(
      Migration migration,
      Plan plan,
      CopySettings settings,
      InstantSource clock,
      Progress.Listener listener) {
    this.migration = migration;
    this.plan = plan;
    this.settings = settings;
    this.clock = clock;
    this.meter = new ProgressMeter(listener);
  }

  /**
   * Takes the copy over and completes it.
   *
   * @param target a session of its own, outside any transaction
   * @return how much is in the target, over all runs
   * @throws WindowClosed if the window ends before
   */
  public Ledger.Totals run(RealmSession target, Workers workers) {
    Ledger ledger = Ledger.takeOver(target, migration);
    planChunks(ledger, target, workers);
    List<Chunk> all = ledger.chunks(target);
    List<Chunk> missing = ledger.missing(target);
    meter.start(Progress.Phase.COPY, all);
    meter.skip(all.size() - missing.size(), rows(all) - rows(missing));
    ChunkCopier copier = new ChunkCopier(plan, ledger, workers.threads());
    for (int wave = 0; wave < plan.waves(); wave++) {
      int present = wave;
      List<Chunk> chunks =
          missing.stream().filter(c -> plan.table(c.table()).wave() == present).toList();
      workers.forEach(
          chunks,
          (from, to, chunk) -> {
            requireOpenWindow();
            CopyPipe.Volume volume = copier.copy(from, to, chunk);
            meter.done(chunk, volume.rows(), volume.bytes());
          });
      plan.tables().stream()
          .filter(table -> table.wave() == present)
          .forEach(table -> analyze(target, table));
    }
    return complete(ledger, target, all.size());
  }

  private void planChunks(Ledger ledger, RealmSession target, Workers workers) {
    Set<String> planned = ledger.plannedTables(target);
    List<TablePlan> tables =
        plan.tables().stream().filter(t -> !planned.contains(t.name().toString())).toList();
    ChunkPlanner planner = new ChunkPlanner(plan, settings);
    meter.start(Progress.Phase.PLAN, List.of());
    workers.forEach(
        tables,
        (from, to, table) -> {
          requireOpenWindow();
          ledger.plan(to, planner.chunks(from, table));
        });
  }

  /**
   * The next wave's comparisons join this table. On statistics from before the copy, the server
   * takes it for small and joins by nested loops, which is quadratic.
   */
  private static void analyze(RealmSession target, TablePlan table) {
    target.execute("ANALYZE " + table.name().sql());
  }

  /** Success means that every planned chunk is accounted for, not that no worker failed. */
  private static Ledger.Totals complete(Ledger ledger, RealmSession target, int planned) {
    Ledger.Totals totals = ledger.totals(target);
    if (totals.chunks() != planned) {
      throw new VerificationFailed(
          totals.chunks() + " of " + planned + " chunks are in; start again to copy the rest");
    }
    return totals;
  }

  private void requireOpenWindow() {
    if (clock.instant().isAfter(migration.windowEnd())) {
      throw new WindowClosed(
          "the window of "
              + migration
              + " closed at "
              + migration.windowEnd()
              + "; roll back and schedule a longer one");
    }
  }

  private static long rows(List<Chunk> chunks) {
    return chunks.stream().mapToLong(Chunk::rows).sum();
  }
}
