package dev.domicile.migrator;

import dev.domicile.migrator.cutover.ChangeLog;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a migration has done so far.
 *
 * @param migration the migration
 * @param tables what is in the target, by table; empty if nothing is or the target does not answer
 * @param phases the states that it has been in, oldest first
 * @param lag what the tenant has written and the other realm does not have yet; null if nothing is
 *     noted or the database does not answer
 * @param pauseMillis for how long the tenant's writes were refused at the switch, in milliseconds;
 *     null before it, or if that is not known because another process finished it
 */
public record MigrationReport(
    Migration migration,
    List<Table> tables,
    List<Phase> phases,
    ChangeLog.@Nullable Lag lag,
    @Nullable Long pauseMillis) {
  /** What the event of a switch calls the pause. */
  static final String PAUSE = "pauseMillis";

  /**
   * What is in the target of one table.
   *
   * @param name the table
   * @param rows its rows
   * @param bytes their size as it went over
   * @param chunks in how many chunks
   */
  public record Table(String name, long rows, long bytes, int chunks) {}

  /**
   * A state that the migration was in.
   *
   * @param state the state
   * @param seconds for how long; up to now for the last one
   */
  public record Phase(MigrationState state, double seconds) {}

  /** All rows in the target. */
  public long rows() {
    return tables.stream().mapToLong(Table::rows).sum();
  }

  /** The size of all rows in the target, as it went over. */
  public long bytes() {
    return tables.stream().mapToLong(Table::bytes).sum();
  }

  /** All chunks in the target. */
  public int chunks() {
    return tables.stream().mapToInt(Table::chunks).sum();
  }

  /** For how long it was in the state, all times together; empty if it never was. */
  public Optional<Double> seconds(MigrationState state) {
    List<Double> times =
        phases.stream().filter(p -> p.state() == state).map(Phase::seconds).toList();
    return times.isEmpty()
        ? Optional.empty()
        : Optional.of(times.stream().mapToDouble(Double::doubleValue).sum());
  }
}
