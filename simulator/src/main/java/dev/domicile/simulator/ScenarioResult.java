package dev.domicile.simulator;

import java.util.List;

/**
 * What a scenario showed.
 *
 * @param note why it was skipped or ended early, or what could not be checked; empty if nothing
 */
record ScenarioResult(
    String name,
    String summary,
    Outcome outcome,
    String note,
    List<Exchange> transcript,
    List<Check> checks,
    double seconds) {
  ScenarioResult {
    transcript = List.copyOf(transcript);
    checks = List.copyOf(checks);
  }

  List<Check> failures() {
    return checks.stream().filter(check -> !check.passed()).toList();
  }
}
