package dev.domicile.simulator;

/**
 * Ends a scenario early: a check has failed, or is missing, without which the rest says nothing.
 */
final class ScenarioEndedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String reason;
  private final boolean skipped;

  private ScenarioEndedException(String message, boolean skipped) {
    super(message);
    this.reason = message;
    this.skipped = skipped;
  }

  /** The app broke a rule that the rest of the scenario builds on. */
  static ScenarioEndedException failed(String message) {
    return new ScenarioEndedException(message, false);
  }

  /**
   * The scenario cannot be played with this app or these options; it says nothing about the app.
   */
  static ScenarioEndedException skipped(String message) {
    return new ScenarioEndedException(message, true);
  }

  String reason() {
    return reason;
  }

  boolean isSkipped() {
    return skipped;
  }
}
