package dev.domicile.simulator;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;

/** Rehearsals with the fixture app, in compressed time. */
final class Fixtures {
  private static final double SPEED = 10_000;
  private static final Duration ANSWER_LIMIT = Duration.ofMillis(1_500);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration SETTLE = Duration.ofMillis(150);

  private Fixtures() {}

  /** Plays those scenarios with an app that has those defects. */
  static Report rehearse(Set<Defect> defects, Set<String> scenarios) throws Exception {
    return rehearse(defects, scenarios, Settings.HookHost.INSTALLED, Settings.Audience.CALLED);
  }

  static Report rehearse(
      Set<Defect> defects,
      Set<String> scenarios,
      Settings.HookHost hookHost,
      Settings.Audience audience)
      throws Exception {
    InstantSource clock = InstantSource.system();
    try (KeyServer keys = new KeyServer("localhost", 0);
        FixtureApp app = new FixtureApp(defects, keys.baseUrl())) {
      AppClient client = new AppClient(Duration.ofSeconds(5));
      Descriptor descriptor =
          new DescriptorReader(client.http()).read(app.baseUrl().toString(), null, Map.of());
      Settings settings =
          new Settings(
              descriptor,
              Descriptor.GLOBAL,
              "EU",
              new Cadence(SPEED),
              new Settings.Probing("/notes", "X-Realm", null),
              new Settings.Seeding("/notes", "{\"text\":\"note {n}\"}", 3),
              ANSWER_LIMIT,
              PATIENCE,
              SETTLE,
              hookHost,
              audience);
      World world =
          new World(
              settings,
              client,
              new Tokens(clock, keys.key(), keys.pem()),
              new Waiter(new PrintWriter(new StringWriter())),
              new Redaction(),
              clock);
      return new Rehearsal(world).play(Scenarios.chosen(scenarios, Set.of()), result -> {});
    }
  }

  /** The report as a person reads it, for a test's message. */
  static String text(Report report) {
    StringWriter text = new StringWriter();
    TextReport printer = new TextReport(new PrintWriter(text), true);
    report.scenarios().forEach(printer::scenario);
    printer.summary(report);
    return text.toString();
  }
}
