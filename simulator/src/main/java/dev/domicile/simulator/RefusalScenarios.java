package dev.domicile.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Calls that an app has to refuse. */
final class RefusalScenarios {
  /** Those first that would do harm unnoticed; schedule last, where it changes nothing. */
  private static final List<Hook> ATTACKED =
      List.of(Hook.START, Hook.STATUS, Hook.COMMIT, Hook.ROLLBACK, Hook.SCHEDULE);

  private static final int DEEP = 5_000;

  private RefusalScenarios() {}

  static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    all.add(
        new Scenario(
            "unknown-tenant",
            "Every hook for a tenant that the app has never seen.",
            RefusalScenarios::unknownTenant));
    for (Flaw flaw : Flaw.values()) {
      all.add(
          new Scenario(
              "jwt-" + flaw.name().toLowerCase(Locale.ROOT).replace('_', '-'),
              "Every hook with " + flaw.meaning() + ".",
              stage -> flawedToken(stage, flaw)));
    }
    all.add(
        new Scenario(
            "install-signature",
            "Installs that are not signed by the published key for this app and tenant.",
            InstallAttacks::play));
    all.add(
        new Scenario(
            "wrong-method",
            "Every hook by a method that it is not published with.",
            RefusalScenarios::wrongMethod));
    all.add(
        new Scenario(
            "malformed-body",
            "Schedules and starts whose bodies cannot be read.",
            RefusalScenarios::malformedBody));
    all.add(
        new Scenario(
            "unsupported-location",
            "Schedules to realms that the app does not have.",
            RefusalScenarios::unsupportedLocation));
    return all;
  }

  private static void unknownTenant(Stage stage) {
    Move move = Move.soon(stage, stage.stranger(), stage.settings().to());
    for (Hook hook : Hook.values()) {
      Answer answer = move.call(hook);
      stage.check(Rule.HOOK_AUTHENTICATED, answer.isRefusal(), hook + ": " + answer);
    }
  }

  private static void flawedToken(Stage stage, Flaw flaw) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.expect(Hook.SCHEDULE);
    for (Hook hook : ATTACKED) {
      Answer answer = move.call(hook, flaw);
      stage.check(
          Rule.HOOK_AUTHENTICATED,
          answer.isRefusal(),
          hook + " with " + flaw.meaning() + ": " + answer);
    }
    Phase phase = move.status();
    stage.check(Rule.REFUSED_IS_HARMLESS, !phase.isReady(), "status before the start: " + phase);
    Answer start = move.insist(Hook.START);
    stage.check(Rule.REFUSED_IS_HARMLESS, start.isSuccess(), "the real start afterwards: " + start);
    MigrationScenarios.rollBack(stage, site, move, before);
  }

  private static void wrongMethod(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.expect(Hook.SCHEDULE);
    for (Hook hook : ATTACKED) {
      Answer answer = move.call(hook, hook.wrongMethod(), move.body(hook));
      stage.check(
          Rule.METHOD, answer.isRefusal(), hook.wrongMethod() + " " + hook.path() + ": " + answer);
    }
    Answer start = move.insist(Hook.START);
    stage.check(Rule.REFUSED_IS_HARMLESS, start.isSuccess(), "the real start afterwards: " + start);
    MigrationScenarios.rollBack(stage, site, move, before);
  }

  private static void malformedBody(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    List<String> bodies = malformed(move.body(Hook.SCHEDULE), stage.settings().to());
    for (String body : bodies) {
      refused(stage, move, Hook.SCHEDULE, body);
    }
    Duration backwards = Duration.ofHours(-1);
    Move reversed = Move.soon(stage, site, stage.settings().to(), backwards);
    refused(stage, reversed, Hook.SCHEDULE, reversed.body(Hook.SCHEDULE));
    Answer start = move.call(Hook.START);
    stage.check(
        Rule.REFUSED_IS_HARMLESS, !start.isSuccess(), "start after refused schedules: " + start);
    move.expect(Hook.SCHEDULE);
    refused(stage, move, Hook.START, "{\"startTime\":");
    MigrationScenarios.rollBack(stage, site, move, before);
  }

  private static List<String> malformed(String good, String location) {
    return List.of(
        "",
        "location=" + location,
        "[]",
        "null",
        "{}",
        good.substring(0, good.length() - 2),
        good.replace("\"location\"", "\"place\""),
        good.replace("\"" + location + "\"", "5"),
        good.replace("\"" + location + "\"", "\"\""),
        good.replaceAll("\"startTime\":\"[^\"]*\"", "\"startTime\":\"yesterday\""),
        good.replaceAll("\"endTime\":\"[^\"]*\"", "\"endTime\":{}"),
        "[".repeat(DEEP));
  }

  private static void refused(Stage stage, Move move, Hook hook, String body) {
    Answer answer = move.call(hook, body);
    String shown = body.length() > 80 ? body.substring(0, 80) + "..." : body;
    stage.check(Rule.BODY_CHECKED, answer.isRefusal(), hook + " '" + shown + "': " + answer);
  }

  private static void unsupportedLocation(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    List<String> locations = new ArrayList<>(List.of("ATLANTIS"));
    Descriptor descriptor = stage.settings().descriptor();
    Descriptor.PUBLISHED_REALMS.stream()
        .filter(realm -> !descriptor.serves(realm))
        .findFirst()
        .ifPresent(locations::add);
    for (String location : locations) {
      Move move = Move.soon(stage, site, location);
      Answer answer = move.call(Hook.SCHEDULE);
      boolean fitting = answer.errorCode().map("E0002"::equals).orElse(true);
      stage.check(
          Rule.UNSUPPORTED_LOCATION,
          answer.status() >= 400 && fitting,
          "schedule to " + location + ": " + answer);
      Answer start = move.call(Hook.START);
      stage.check(
          Rule.REFUSED_IS_HARMLESS, !start.isSuccess(), "start after the refusal: " + start);
    }
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
  }
}
