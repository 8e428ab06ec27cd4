package dev.domicile.migrator;

import java.util.List;
import java.util.Optional;

/**
 * What a migration has done so far.
 *
 * @param migration the migration
 * @param tables what is in the target, by table; empty if nothing is or the target does not answer
 * @param phases the states that it has been in, oldest first
 */
public record MigrationReport(Migration migration, List<Table> tables, List<Phase> phases) {

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
