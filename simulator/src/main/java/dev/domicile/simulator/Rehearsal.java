package dev.domicile.simulator;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Plays scenarios with an app, one after the other. */
final class Rehearsal {
  private final World world;

  Rehearsal(World world) {
    this.world = world;
  }

  /**
   * Plays.
   *
   * @param listener is told of each scenario as it ends
   */
  Report play(List<Scenario> scenarios, Consumer<ScenarioResult> listener) {
    Instant started = world.clock().instant();
    List<ScenarioResult> results = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      ScenarioResult result = Stage.play(scenario, world);
      results.add(result);
      listener.accept(result);
    }
    Settings settings = world.settings();
    return new Report(
        settings.descriptor().key(), settings.from(), settings.to(), started, results);
  }
}
