package dev.domicile.migrator.copy;

import dev.domicile.migrator.Progress;
import java.util.List;

/** Adds up what several threads have done and tells the listener, one thread at a time. */
public final class ProgressMeter {
  private final Progress.Listener listener;
  private Progress now = new Progress(Progress.Phase.PLAN, "", 0, 0, 0, 0, 0);

  /** Tells that listener. */
  public ProgressMeter(Progress.Listener listener) {
    this.listener = listener;
  }

  /** Starts a phase over these chunks. */
  public synchronized void start(Progress.Phase phase, List<Chunk> chunks) {
    long rows = chunks.stream().mapToLong(Chunk::rows).sum();
    tell(new Progress(phase, "", 0, rows, 0, 0, chunks.size()));
  }

  /** Counts what an earlier run has done. */
  synchronized void skip(int chunks, long rows) {
    tell(new Progress(now.phase(), "", rows, now.totalRows(), 0, chunks, now.totalChunks()));
  }

  /** Counts a chunk. */
  public synchronized void done(Chunk chunk, long rows, long bytes) {
    tell(
        new Progress(
            now.phase(),
            chunk.table().toString(),
            now.rows() + rows,
            now.totalRows(),
            now.bytes() + bytes,
            now.chunks() + 1,
            now.totalChunks()));
  }

  private void tell(Progress progress) {
    now = progress;
    listener.progressed(progress);
  }
}
