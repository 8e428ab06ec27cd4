package dev.domicile.migrator;

import java.util.Objects;

/**
 * How rows are copied. A null component stands for its default.
 *
 * @param chunkRows how many rows a chunk holds at most; 20,000 by default
 * @param chunkBytes how many bytes, as stored, after which a chunk ends; 16 MiB by default
 * @param jobs how many chunks are copied at the same time; 2 by default. Each job keeps one
 *     connection to the source and one to the target
 */
public record CopySettings(Integer chunkRows, Long chunkBytes, Integer jobs) {
  private static final int MAX_JOBS = 64;

  /** All defaults. */
  public static final CopySettings DEFAULT = new CopySettings(20_000, 16L << 20, 2);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is out of its bounds
   */
  public CopySettings {
    chunkRows = Objects.requireNonNullElse(chunkRows, 20_000);
    chunkBytes = Objects.requireNonNullElse(chunkBytes, 16L << 20);
    jobs = Objects.requireNonNullElse(jobs, 2);
    if (chunkRows < 1) {
      throw new IllegalArgumentException("chunkRows is " + chunkRows + ", expected 1 or more");
    }
    if (chunkBytes < 1) {
      throw new IllegalArgumentException("chunkBytes is " + chunkBytes + ", expected 1 or more");
    }
    if (jobs < 1 || jobs > MAX_JOBS) {
      throw new IllegalArgumentException("jobs is " + jobs + ", expected 1 to " + MAX_JOBS);
    }
  }
}
