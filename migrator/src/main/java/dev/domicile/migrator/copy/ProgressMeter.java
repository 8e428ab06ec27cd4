package dev.domicile.migrator.copy;

import dev.domicile.migrator.Progress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds up what several threads have done and tells the listener, one thread at a time. */
public final class ProgressMeter {
  private static final double NANOS = 1e9;

  private final Progress.Listener listener;
  private Progress now = new Progress(Progress.Phase.PLAN, "", 0, 0, 0, 0, 0, 0, null);
  private long started = System.nanoTime();
  private long rowsOfThisRun;

  /** Tells that listener. */
  public ProgressMeter(Progress.Listener listener) {
    this.listener = listener;
  }

  /** Starts a phase over these chunks. */
  public synchronized void start(Progress.Phase phase, List<Chunk> chunks) {
    long rows = chunks.stream().mapToLong(Chunk::rows).sum();
    started = System.nanoTime();
    rowsOfThisRun = 0;
    tell(phase, "", 0, rows, 0, 0, chunks.size());
  }

  /** Counts what an earlier run has done. */
  synchronized void skip(int chunks, long rows) {
    tell(now.phase(), "", rows, now.totalRows(), 0, chunks, now.totalChunks());
  }

  /** Counts chunks that have become of one. */
  synchronized void cut(int pieces) {
    tell(
        now.phase(),
        now.table(),
        now.rows(),
        now.totalRows(),
        now.bytes(),
        now.chunks(),
        now.totalChunks() + pieces - 1);
  }

  /** Counts a chunk. */
  public synchronized void done(Chunk chunk, long rows, long bytes) {
    rowsOfThisRun += rows;
    tell(
        now.phase(),
        chunk.table().toString(),
        now.rows() + rows,
        now.totalRows(),
        now.bytes() + bytes,
        now.chunks() + 1,
        now.totalChunks());
  }

  /** How long the rest of the phase takes at the pace of this run; null if not known yet. */
  synchronized @Nullable Duration left() {
    return left(now.rows(), now.totalRows());
  }

  private void tell(
      Progress.Phase phase,
      String table,
      long rows,
      long totalRows,
      long bytes,
      int chunks,
      int totalChunks) {
    double seconds = (System.nanoTime() - started) / NANOS;
    now =
        new Progress(
            phase,
            table,
            rows,
            totalRows,
            bytes,
            chunks,
            totalChunks,
            (long) (bytes / seconds),
            left(rows, totalRows));
    listener.progressed(now);
  }

  private @Nullable Duration left(long rows, long totalRows) {
    double nanos = System.nanoTime() - started;
    return rowsOfThisRun == 0
        ? null
        : Duration.ofNanos((long) (Math.max(0, totalRows - rows) * nanos / rowsOfThisRun));
  }
}
