package dev.domicile.migrator;

import java.util.Set;

/**
 * One thing that a look before the move found.
 *
 * @param severity whether it stops the move
 * @param code a short name that does not change, such as {@code missing-table}
 * @param subject the table, column or database it is about
 * @param problem what is wrong, without any row contents
 * @param cure what to do about it
 */
public record Finding(Severity severity, String code, String subject, String problem, String cure) {

  /** Whether a finding stops the move. */
  public enum Severity {
    /** The move is refused. */
    ERROR,
    /** The move is refused unless somebody accepts it. */
    WARNING,
    /** Somebody may want to know. */
    NOTE
  }

  /** A finding that stops the move. */
  public static Finding error(String code, String subject, String problem, String cure) {
    return new Finding(Severity.ERROR, code, subject, problem, cure);
  }

  /** A finding that stops the move unless somebody accepts it. */
  public static Finding warning(String code, String subject, String problem, String cure) {
    return new Finding(Severity.WARNING, code, subject, problem, cure);
  }

  /** A finding that stops nothing. */
  public static Finding note(String code, String subject, String problem, String cure) {
    return new Finding(Severity.NOTE, code, subject, problem, cure);
  }

  /**
   * Whether the finding stops the move.
   *
   * @param acceptedWarnings codes of warnings that do not, or {@link TableRules#EVERY_WARNING}
   */
  public boolean stops(Set<String> acceptedWarnings) {
    boolean accepted =
        acceptedWarnings.contains(code) || acceptedWarnings.contains(TableRules.EVERY_WARNING);
    return severity == Severity.ERROR || (severity == Severity.WARNING && !accepted);
  }

  /** One line: the subject, the problem, the cure. */
  @Override
  public String toString() {
    return subject + ": " + problem + "; " + cure;
  }
}
