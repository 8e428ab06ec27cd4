package dev.domicile.migrator.cli;

import dev.domicile.migrator.MigrationException;

/** What the process ends with. The numbers do not change between versions. */
enum ExitCode {
  DONE(0, "done"),
  UNEXPECTED(1, "an error that should not be; please report it"),
  USAGE(2, "the command line is wrong"),
  CONFIGURATION(3, "the configuration is wrong"),
  REFUSED(
      4, "the request cannot be, or the look before the move found errors; nothing was changed"),
  UNAVAILABLE(5, "a database does not answer or refuses the user"),
  DIFFERENT(6, "source and target differ, or rows are in a realm where they should not be"),
  WRONG_STATE(7, "the verb does not fit the migration's state"),
  TAKEN_OVER(8, "another process has taken the migration over"),
  INTERRUPTED(9, "stopped in the middle; the same verb again goes on");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  int number() {
    return number;
  }

  String meaning() {
    return meaning;
  }

  static ExitCode of(Exception error) {
    if (error instanceof ConfigurationException) {
      return CONFIGURATION;
    }
    if (!(error instanceof MigrationException migration)) {
      return UNEXPECTED;
    }
    if (migration instanceof MigrationException.InvalidRequest
        || migration instanceof MigrationException.Refused) {
      return REFUSED;
    }
    if (migration instanceof MigrationException.DatabaseUnavailable) {
      return UNAVAILABLE;
    }
    if (migration instanceof MigrationException.VerificationFailed) {
      return DIFFERENT;
    }
    if (migration instanceof MigrationException.WrongState) {
      return WRONG_STATE;
    }
    return migration instanceof MigrationException.TakenOver ? TAKEN_OVER : INTERRUPTED;
  }
}
