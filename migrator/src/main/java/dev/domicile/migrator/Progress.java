package dev.domicile.migrator;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far a phase is. Counts cover the whole migration, what an earlier run had done included.
 *
 * @param phase what is being done
 * @param table the table that moved last, or an empty text
 * @param rows rows done
 * @param totalRows rows to do, 0 if not known yet
 * @param bytes bytes that this run has moved
 * @param chunks chunks done
 * @param totalChunks chunks to do, 0 if not known yet
 * @param bytesPerSecond how fast this run has moved bytes since the phase began
 * @param left how long the rest of the phase takes at the pace of this run; null if not known yet
 */
public record Progress(
    Phase phase,
    String table,
    long rows,
    long totalRows,
    long bytes,
    int chunks,
    int totalChunks,
    long bytesPerSecond,
    @Nullable Duration left) {

  /** What is being done. */
  public enum Phase {
    /** Chunks are being planned. */
    PLAN,
    /** Rows are being copied and verified. */
    COPY,
    /** Both ends are being compared. */
    VERIFY,
    /** Rows are being deleted. */
    DELETE
  }

  /** Hears of progress; called by several threads, one at a time, and must not block. */
  @FunctionalInterface
  public interface Listener {
    /** A listener that does nothing. */
    Listener NONE = progress -> {};

    /** Something was done. */
    void progressed(Progress progress);
  }
}
