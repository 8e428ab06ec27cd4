package dev.domicile.simulator;

/** How a scenario ended. */
enum Outcome {
  PASSED,
  FAILED,
  SKIPPED
}
