package dev.domicile.migrator;

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
    /** The move goes on; somebody should know. */
    WARNING
  }

  /** A finding that stops the move. */
  public static Finding error(String code, String subject, String problem, String cure) {
    return new Finding(Severity.ERROR, code, subject, problem, cure);
  }

  /** A finding that somebody should know. */
  public static Finding warning(String code, String subject, String problem, String cure) {
    return new Finding(Severity.WARNING, code, subject, problem, cure);
  }

  /** One line: the subject, the problem, the cure. */
  @Override
  public String toString() {
    return subject + ": " + problem + "; " + cure;
  }
}
