package dev.domicile.migrator;

import java.util.List;

/**
 * A migration cannot go on. The message is one line that names the thing and the cure; it holds
 * neither secrets nor row contents.
 */
public abstract sealed class MigrationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private MigrationException(String message, Throwable cause) {
    super(message, cause);
  }

  private MigrationException(String message) {
    super(message);
  }

  /** Whether the same may succeed when it is tried again, though nobody has changed anything. */
  public boolean isPassing() {
    return this instanceof DatabaseUnavailable
        || this instanceof StatementFailed
        || this instanceof CutoverTimedOut;
  }

  /** The caller asked for something that cannot be: an unknown tenant, an unknown realm. */
  public static final class InvalidRequest extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names the thing and the cure. */
    public InvalidRequest(String message) {
      super(message);
    }
  }

  /** The look before the move found what stops it. Nothing was changed. */
  public static final class Refused extends MigrationException {
    private static final long serialVersionUID = 1;
    private final transient List<Finding> findings;
    private final transient List<Finding> stopping;

    /** Takes all findings; the message is made of the errors among them. */
    public Refused(List<Finding> findings) {
      this(
          findings, findings.stream().filter(f -> f.severity() == Finding.Severity.ERROR).toList());
    }

    /** Takes all findings; the message is made of those that stop the move. */
    public Refused(List<Finding> findings, List<Finding> stopping) {
      super(String.join(" | ", stopping.stream().map(Refused::line).toList()));
      this.findings = List.copyOf(findings);
      this.stopping = List.copyOf(stopping);
    }

    /** Those findings that stop the move: errors, and warnings that nobody has accepted. */
    public List<Finding> stopping() {
      return stopping;
    }

    private static String line(Finding finding) {
      return finding.severity() == Finding.Severity.ERROR
          ? finding.toString()
          : finding + ", or accept the warning " + finding.code();
    }

    /** All findings, warnings too. */
    public List<Finding> findings() {
      return findings;
    }
  }

  /** The verb does not fit the state that the migration is in. */
  public static final class WrongState extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names the state and what fits it. */
    public WrongState(String message) {
      super(message);
    }
  }

  /** A database does not answer, or does not let us in. */
  public static final class DatabaseUnavailable extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names the database and the setting to look at. */
    public DatabaseUnavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** A statement failed in the middle of the work; it can be tried again. */
  public static final class StatementFailed extends MigrationException {
    private static final long serialVersionUID = 1;
    private final String sqlState;

    /** Names what was being done, and the server's SQLSTATE. */
    public StatementFailed(String message, String sqlState, Throwable cause) {
      super(message, cause);
      this.sqlState = sqlState;
    }

    /** The server's SQLSTATE, five characters. */
    public String sqlState() {
      return sqlState;
    }
  }

  /** Another process has taken the migration over; this one has stopped. */
  public static final class TakenOver extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names the migration. */
    public TakenOver(String message) {
      super(message);
    }
  }

  /** Source and target hold different rows. */
  public static final class VerificationFailed extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names the tables and chunks. */
    public VerificationFailed(String message) {
      super(message);
    }
  }

  /** The source could not be fenced in time; the tenant is served as before. */
  public static final class CutoverTimedOut extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names what was in the way. */
    public CutoverTimedOut(String message, Throwable cause) {
      super(message, cause);
    }

    /** Names what was in the way. */
    public CutoverTimedOut(String message) {
      super(message);
    }
  }

  /** The window has closed before the copy was ready. */
  public static final class WindowClosed extends MigrationException {
    private static final long serialVersionUID = 1;

    /** Names the window's end. */
    public WindowClosed(String message) {
      super(message);
    }
  }
}
