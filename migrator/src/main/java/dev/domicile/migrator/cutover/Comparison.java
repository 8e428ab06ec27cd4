package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Progress;
import dev.domicile.migrator.copy.BothEnds;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.ProgressMeter;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TenantRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Compares both ends chunk by chunk. The chunks cover every key, so a row that is missing, changed
 * or too many on either side is found.
 */
public final class Comparison {
  private final Plan plan;
  private final ProgressMeter meter;

  /** A comparison under that plan. */
  public Comparison(Plan plan, Progress.Listener listener) {
    this.plan = plan;
    this.meter = new ProgressMeter(listener);
  }

  /**
   * What a comparison found.
   *
   * @param chunks how many chunks were compared
   * @param rows how many rows the source holds
   * @param differing the chunks whose rows differ, in the order of the copy
   */
  public record Result(int chunks, long rows, List<Chunk> differing) {
    /** Whether both ends hold the same rows. */
    public boolean equal() {
      return differing.isEmpty();
    }
  }

  /** Compares the chunks. */
  public Result compare(List<Chunk> chunks, Workers workers) {
    meter.start(Progress.Phase.VERIFY, chunks);
    List<Chunk> differing = Collections.synchronizedList(new ArrayList<>());
    LongAdder rows = new LongAdder();
    workers.forEach(
        chunks,
        (source, target, chunk) -> {
          TenantRows which = new TenantRows(plan, plan.table(chunk.table()));
          BothEnds ends = BothEnds.of(source, target, which, chunk.range(), workers.threads());
          rows.add(ends.source().rows());
          if (!ends.equal()) {
            differing.add(chunk);
          }
          meter.done(chunk, ends.source().rows(), 0);
        });
    differing.sort(
        Comparator.<Chunk>comparingInt(chunk -> plan.table(chunk.table()).wave())
            .thenComparing(Chunk::table)
            .thenComparingInt(Chunk::number));
    return new Result(chunks.size(), rows.sum(), List.copyOf(differing));
  }
}
