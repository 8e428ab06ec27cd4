package dev.domicile.simulator;

/** A rehearsal that cannot begin; the message names the cause and the cure in one line. */
final class RehearsalException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exitCode;

  RehearsalException(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  ExitCode exitCode() {
    return exitCode;
  }
}
