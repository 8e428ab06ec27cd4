package dev.domicile.migrator;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far the running phase of an order is, as it is kept for other nodes.
 *
 * @param phase what is being done
 * @param percent of the rows, 0 to 100
 * @param rows rows done
 * @param totalRows rows to do
 * @param etaSeconds until the phase is done at its rate so far, or null if that is not known
 */
record OrderProgress(
    Progress.Phase phase, int percent, long rows, long totalRows, @Nullable Long etaSeconds) {

  /**
   * How far it is, given how far it was some time ago: what an earlier run had done says nothing
   * about the rate.
   */
  static OrderProgress of(Progress progress, long rowsBefore, Duration elapsed) {
    long total = progress.totalRows();
    long done = Math.min(progress.rows(), total);
    int percent = total == 0 ? 0 : (int) (100 * done / total);
    long own = progress.rows() - rowsBefore;
    Long eta =
        own <= 0 || total == 0
            ? null
            : Math.round((total - done) * (elapsed.toMillis() / 1000.0) / own);
    return new OrderProgress(progress.phase(), percent, progress.rows(), total, eta);
  }
}
