package dev.domicile.migrator.schema;

import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.Objects;

/**
 * How far a sequence is.
 *
 * @param last the number that it handed out last, or hands out first if it was not called
 * @param called whether it has handed out a number
 * @param increment the step between two numbers; negative where it counts down
 * @param cache how many numbers a session draws at once
 * @param min the smallest number
 * @param max the largest number
 */
public record SequenceState(
    long last, boolean called, long increment, long cache, long min, long max) {
  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  /**
   * Reads it.
   *
   * @param sequence its name, quoted
   */
  public static SequenceState read(RealmSession session, String sequence) {
    return read(session, List.of(sequence)).get(0);
  }

  /** Reads several in one question. */
  public static List<SequenceState> read(RealmSession session, List<String> sequences) {
    return session.onlyRows(
        sequences.stream()
            .map(
                name ->
                    """
                    SELECT s.last_value, s.is_called, p.seqincrement, p.seqcache, p.seqmin, p.seqmax
                    FROM %s AS s, pg_sequence AS p WHERE p.seqrelid = %s::regclass
                    """
                        .formatted(name, Identifiers.literal(name)))
            .toList(),
        row ->
            new SequenceState(
                row.getLong(1),
                row.getBoolean(2),
                row.getLong(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6)));
  }

  /**
   * Keeps others from drawing numbers until the running transaction ends. Postgres has no LOCK for
   * sequences; an ALTER that changes nothing takes one. Only the owner may.
   *
   * @return whether it could
   */
  public static boolean lock(RealmSession session, String sequence) {
    session.execute("SAVEPOINT lock_sequence");
    try {
      long cache = read(session, sequence).cache();
      session.execute("ALTER SEQUENCE " + sequence + " CACHE " + cache);
      return true;
    } catch (StatementFailed e) {
      if (!Objects.equals(e.sqlState(), INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
      session.execute("ROLLBACK TO SAVEPOINT lock_sequence");
      return false;
    }
  }

  /** Whether the sequence might hand out that number, or a smaller one, next. */
  public boolean isBehind(long number) {
    return increment > 0 && (called ? last < number : last <= number);
  }

  /**
   * The first value at or past the number that the sequence itself would have reached, and as many
   * steps further, if it has as many.
   */
  public long valueAtOrPast(long number, long room) {
    long steps = -Math.floorDiv(last - number, increment);
    long value = Math.addExact(last, Math.multiplyExact(steps, increment));
    return value <= max - room * increment ? value + room * increment : value;
  }
}
