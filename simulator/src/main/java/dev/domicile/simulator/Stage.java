package dev.domicile.simulator;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where one scenario is played: it sends and writes down, collects checks, and clears up the sites
 * that were used. Sending is safe from several threads, checking is not.
 */
final class Stage {
  private static final Duration GRACE = Duration.ofMillis(100);

  private final String scenario;
  private final World world;
  private final List<Exchange> transcript = Collections.synchronizedList(new ArrayList<>());
  private final Set<Check> checks = new LinkedHashSet<>();
  private final Set<String> notes = new LinkedHashSet<>();
  private final List<Site> sites = new ArrayList<>();

  private Stage(String scenario, World world) {
    this.scenario = scenario;
    this.world = world;
  }

  /** Plays a scenario to its end, whatever the app does. */
  static ScenarioResult play(Scenario scenario, World world) {
    Stage stage = new Stage(scenario.name(), world);
    long started = System.nanoTime();
    boolean skipped = false;
    try {
      scenario.play().accept(stage);
    } catch (ScenarioEndedException e) {
      skipped = e.isSkipped();
      stage.note(e.reason());
    }
    stage.clearUp();
    boolean failed = stage.checks.stream().anyMatch(check -> !check.passed());
    return new ScenarioResult(
        scenario.name(),
        scenario.summary(),
        failed ? Outcome.FAILED : skipped ? Outcome.SKIPPED : Outcome.PASSED,
        String.join("; ", stage.notes),
        stage.transcript,
        List.copyOf(stage.checks),
        (System.nanoTime() - started) / 1e9);
  }

  World world() {
    return world;
  }

  Settings settings() {
    return world.settings();
  }

  /** A site on which the app has just been installed, in the realm that tenants come from. */
  Site install() {
    return install(settings().from());
  }

  /** A site in that realm. */
  Site install(String realm) {
    Site site = new Site(this, realm);
    sites.add(site);
    site.install();
    site.seed();
    return site;
  }

  /** A site on which the app was never installed. */
  Site stranger() {
    return new Site(this, settings().from());
  }

  Answer send(Call call) {
    return record(call, world.app().send(call));
  }

  /** Sends a hook's call; the answer counts for the rules about all answers. */
  Answer send(Hook hook, Call call) {
    Answer answer = send(call);
    world.hookAnswers().add(new HookAnswer(scenario, hook, answer));
    return answer;
  }

  /** Sends and never reads the answer. */
  void sendAndHangUp(Call call) {
    record(call, world.app().sendAndHangUp(call, GRACE));
  }

  /** Something that happens between two requests. */
  void event(String what) {
    transcript.add(Exchange.event(shown(what)));
  }

  /** Something that the reader of the report should know. */
  void note(String what) {
    notes.add(shown(what));
  }

  /** Holds the app to a rule. */
  boolean check(Rule rule, boolean holds, String detail) {
    checks.add(new Check(rule, holds, shown(detail)));
    return holds;
  }

  /** Holds the app to a rule without which the rest of the scenario makes no sense. */
  void require(Rule rule, boolean holds, String detail) {
    if (!check(rule, holds, detail)) {
      throw ScenarioEndedException.failed("the scenario could not go on");
    }
  }

  private String shown(String text) {
    return String.valueOf(world.redaction().show(text));
  }

  private Answer record(Call call, Answer answer) {
    URI uri = call.uri();
    Redaction redaction = world.redaction();
    transcript.add(
        new Exchange(
            call.purpose(),
            call.method(),
            uri.toString(),
            call.signature(),
            redaction.show(call.body()),
            answer.status(),
            redaction.show(answer.body()),
            answer.took().toMillis(),
            answer.failure()));
    return answer;
  }

  private void clearUp() {
    try {
      sites.forEach(Site::uninstall);
    } catch (ScenarioEndedException e) {
      note(e.reason());
    }
  }
}
