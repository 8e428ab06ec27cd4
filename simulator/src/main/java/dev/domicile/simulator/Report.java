package dev.domicile.simulator;

import java.time.Instant;
import java.util.List;

/**
 * What a rehearsal showed.
 *
 * @param app the app's key
 */
record Report(
    String app, String from, String to, Instant startedAt, List<ScenarioResult> scenarios) {
  Report {
    scenarios = List.copyOf(scenarios);
  }

  long count(Outcome outcome) {
    return scenarios.stream().filter(scenario -> scenario.outcome() == outcome).count();
  }

  double seconds() {
    return scenarios.stream().mapToDouble(ScenarioResult::seconds).sum();
  }

  boolean isConforming() {
    return count(Outcome.FAILED) == 0;
  }
}
