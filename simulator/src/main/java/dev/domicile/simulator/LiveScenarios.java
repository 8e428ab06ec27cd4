package dev.domicile.simulator;

import java.time.Duration;
import java.util.List;

/**
 * Manual tests, which Atlassian runs on request: the site stays online, the window is an hour or
 * more, the realm is any that the app has (Atlassian, "Data residency", testing).
 */
final class LiveScenarios {
  private static final Duration LIVE_WINDOW = Duration.ofHours(1);
  private static final int LIVE_WRITES = 5;

  private LiveScenarios() {}

  static List<Scenario> all() {
    return List.of(
        new Scenario(
            "live-test",
            "A manual test: the site stays online and writes, the window is an hour.",
            LiveScenarios::liveTest),
        new Scenario(
            "live-commit",
            "A manual test in which the users write on while the app commits.",
            LiveScenarios::liveCommit));
  }

  private static void liveTest(Stage stage) {
    Settings settings = stage.settings();
    Site site = stage.install();
    site.settled();
    Move move = Move.soon(stage, site, settings.to(), LIVE_WINDOW);
    stage.event("a manual test: the site stays online");
    move.expect(Hook.SCHEDULE);
    move.expect(Hook.START);
    Phase last =
        stage
            .world()
            .waiter()
            .until(
                "ready-to-commit",
                settings.patience(),
                settings.cadence().poll(),
                () -> {
                  site.write();
                  return move.status();
                },
                phase -> phase.isReady() || phase.isFailed());
    stage.require(Rule.BECOMES_READY, last.isReady(), "status: " + last);
    site.write();
    Sight written = site.look();
    if (written != null) {
      stage.check(Rule.PROBE_ANSWERS, written.isServed(), "probe during the copy: " + written);
    }
    move.expect(Hook.COMMIT);
    MigrationScenarios.switchRegion(site, settings.to(), written);
  }

  private static void liveCommit(Stage stage) {
    Settings settings = stage.settings();
    Site site = stage.install();
    if (!site.isShowingWrites(site.settled())) {
      throw ScenarioEndedException.skipped(
          "writes could not be followed: the --probe does not show what the --seed writes");
    }
    Move move = Move.soon(stage, site, settings.to(), LIVE_WINDOW);
    move.expect(Hook.SCHEDULE);
    move.expect(Hook.START);
    move.awaitReady();
    stage.event("the site stays online and its users write");
    try (LiveWriter writer = new LiveWriter(site)) {
      awaitWrites(stage, writer);
      move.expect(Hook.COMMIT);
      awaitWrites(stage, writer);
    }
    site.switchTo(settings.to());
    site.expectWritesKept();
  }

  private static void awaitWrites(Stage stage, LiveWriter writer) {
    int enough = writer.attempts() + LIVE_WRITES;
    stage
        .world()
        .waiter()
        .until(
            "the users' writes",
            stage.settings().patience(),
            Duration.ofMillis(10),
            writer::attempts,
            attempts -> attempts >= enough);
  }
}
