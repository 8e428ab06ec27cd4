package dev.domicile.migrator;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How rows are copied. A null component stands for its default.
 *
 * @param chunkRows how many rows a chunk holds at most; 100,000 by default
 * @param chunkBytes how many bytes, as stored, after which a chunk ends; 16 MiB by default
 * @param jobs how many chunks are copied at the same time; 2 by default. Each job keeps one
 *     connection to the source and one to the target
 * @param chunkTime how long a chunk should take; 5 seconds by default. Where chunks take twice as
 *     long, those to come are cut into smaller ones
 * @param timeLimit after how long a statement of a chunk is given up, and the chunk tried again; 15
 *     minutes by default
 * @param patience for how long a chunk is tried again after failures that may pass, such as a
 *     server that restarts; a minute by default, zero for not at all
 * @param bytesPerSecond how fast all jobs together may copy, in COPY's format; null for no limit
 * @param replicaLag how far a standby of the target may lag behind before the copy waits for it, as
 *     far as the role sees standbys; 30 seconds by default, zero for not looking
 */
public record CopySettings(
    Integer chunkRows,
    Long chunkBytes,
    Integer jobs,
    Duration chunkTime,
    Duration timeLimit,
    Duration patience,
    @Nullable Long bytesPerSecond,
    Duration replicaLag) {
  private static final int MAX_JOBS = 64;
  private static final Duration CHUNK_TIME = Duration.ofSeconds(5);
  private static final Duration TIME_LIMIT = Duration.ofMinutes(15);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration REPLICA_LAG = Duration.ofSeconds(30);

  /** All defaults. */
  public static final CopySettings DEFAULT = new CopySettings(100_000, 16L << 20, 2);

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a value is out of its bounds
   */
  public CopySettings {
    chunkRows = Objects.requireNonNullElse(chunkRows, 100_000);
    chunkBytes = Objects.requireNonNullElse(chunkBytes, 16L << 20);
    jobs = Objects.requireNonNullElse(jobs, 2);
    chunkTime = Objects.requireNonNullElse(chunkTime, CHUNK_TIME);
    timeLimit = Objects.requireNonNullElse(timeLimit, TIME_LIMIT);
    patience = Objects.requireNonNullElse(patience, PATIENCE);
    replicaLag = Objects.requireNonNullElse(replicaLag, REPLICA_LAG);
    requireOneOrMore("chunkRows", chunkRows);
    requireOneOrMore("chunkBytes", chunkBytes);
    if (jobs < 1 || jobs > MAX_JOBS) {
      throw new IllegalArgumentException("jobs is " + jobs + ", expected 1 to " + MAX_JOBS);
    }
    if (bytesPerSecond != null) {
      requireOneOrMore("bytesPerSecond", bytesPerSecond);
    }
    requireAtLeast("chunkTime", chunkTime, Duration.ofMillis(1));
    requireAtLeast("timeLimit", timeLimit, Duration.ofSeconds(1));
    requireAtLeast("patience", patience, Duration.ZERO);
    requireAtLeast("replicaLag", replicaLag, Duration.ZERO);
  }

  /** Settings with the defaults for all else. */
  public CopySettings(Integer chunkRows, Long chunkBytes, Integer jobs) {
    this(chunkRows, chunkBytes, jobs, CHUNK_TIME, TIME_LIMIT, PATIENCE, null, REPLICA_LAG);
  }

  /** The same with another number of jobs. */
  public CopySettings withJobs(int other) {
    return new CopySettings(
        chunkRows, chunkBytes, other, chunkTime, timeLimit, patience, bytesPerSecond, replicaLag);
  }

  /** The same with another time for a chunk. */
  public CopySettings withChunkTime(Duration other) {
    return new CopySettings(
        chunkRows, chunkBytes, jobs, other, timeLimit, patience, bytesPerSecond, replicaLag);
  }

  /** The same with another time limit. */
  public CopySettings withTimeLimit(Duration other) {
    return new CopySettings(
        chunkRows, chunkBytes, jobs, chunkTime, other, patience, bytesPerSecond, replicaLag);
  }

  /** The same with another patience. */
  public CopySettings withPatience(Duration other) {
    return new CopySettings(
        chunkRows, chunkBytes, jobs, chunkTime, timeLimit, other, bytesPerSecond, replicaLag);
  }

  /** The same with another limit of the rate. */
  public CopySettings withBytesPerSecond(@Nullable Long other) {
    return new CopySettings(
        chunkRows, chunkBytes, jobs, chunkTime, timeLimit, patience, other, replicaLag);
  }

  private static void requireOneOrMore(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
    }
  }

  private static void requireAtLeast(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException(
          name + " is " + value + ", expected " + least + " or longer");
    }
  }
}
