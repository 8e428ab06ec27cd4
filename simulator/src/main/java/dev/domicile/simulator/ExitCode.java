package dev.domicile.simulator;

/** What the process ends with; the numbers that the other verbs have too mean the same. */
enum ExitCode {
  DONE(0, "every scenario passed"),
  UNEXPECTED(1, "an error that should not be; please report it"),
  USAGE(2, "the command line is wrong"),
  CONFIGURATION(3, "the app's descriptor, or what was said about the app, is wrong"),
  UNAVAILABLE(5, "the app cannot be reached"),
  NOT_CONFORMING(10, "a scenario failed; the report says which and by which rule");

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
}
