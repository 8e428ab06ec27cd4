package dev.domicile.simulator;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Migrations as they should go, and those that are called off. */
final class MigrationScenarios {
  private static final Duration LEAD = Duration.ofDays(3);
  private static final int POLLS_AFTER_CANCEL = 3;
  private static final long MIGRATION_ID = 57_500;

  private MigrationScenarios() {}

  static List<Scenario> all() {
    return List.of(
        new Scenario(
            "install",
            "Signed installs at each realm's base URL, and one again with a new secret.",
            MigrationScenarios::install),
        new Scenario(
            "offline-committed",
            "The whole course: schedule, offline, start, poll, online, commit, switch of the region.",
            MigrationScenarios::offlineCommitted),
        new Scenario(
            "offline-rolled-back",
            "The same up to ready-to-commit, then a rollback instead of the commit.",
            MigrationScenarios::offlineRolledBack),
        new Scenario(
            "cancel-after-schedule",
            "A migration three days ahead is called off.",
            MigrationScenarios::cancelAfterSchedule),
        new Scenario(
            "cancel-while-working",
            "A rollback right after the start.",
            MigrationScenarios::cancelWhileWorking),
        new Scenario(
            "rollback-anytime",
            "Rollbacks before any schedule, twice, and after a rollback.",
            MigrationScenarios::rollbackAnytime),
        new Scenario(
            "again-after-rollback",
            "After a rollback the same migration is scheduled anew, and committed.",
            MigrationScenarios::againAfterRollback),
        new Scenario(
            "again-after-commit",
            "Right after the switch a second migration leads to another realm.",
            MigrationScenarios::againAfterCommit),
        new Scenario(
            "migration-id",
            "Bodies with migrationId and unknown fields, and a status with a query.",
            MigrationScenarios::migrationId));
  }

  private static void install(Stage stage) {
    Site site = stage.install(Descriptor.GLOBAL);
    Sight before = site.settled();
    site.reinstall();
    site.expectUnmoved(before, Rule.UPGRADE_KEEPS_REALM);
    for (String realm : stage.settings().descriptor().regionBaseUrls().keySet()) {
      stage.install(realm).settled();
    }
  }

  private static void offlineCommitted(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.runOffline();
    move.expect(Hook.COMMIT);
    switchRegion(site, stage.settings().to(), before);
    site.reinstall();
    site.expectHome(stage.settings().to(), before, Rule.LANDS_IN_TARGET);
  }

  /** What the product does after a commit, and what has to hold before and after it. */
  static void switchRegion(Site site, String realm, @Nullable Sight before) {
    URI former = site.baseUrl();
    site.expectNotStale(former, realm, before);
    site.switchTo(realm);
    site.expectKnown(realm, before);
  }

  private static void offlineRolledBack(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.runOffline();
    rollBack(stage, site, move, before);
  }

  /** A rollback, after which everything has to be as before. */
  static void rollBack(Stage stage, Site site, Move move, @Nullable Sight before) {
    Answer answer = move.call(Hook.ROLLBACK);
    stage.check(Rule.ROLLBACK_ANYTIME, answer.isSuccess(), "rollback: " + answer);
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
    Phase phase = move.status();
    stage.check(Rule.NOT_READY_UNASKED, !phase.isReady(), "status after the rollback: " + phase);
  }

  private static void cancelAfterSchedule(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Duration window = stage.settings().descriptor().window();
    Move move = Move.in(stage, site, stage.settings().to(), LEAD, window);
    move.expect(Hook.SCHEDULE);
    Phase phase = move.status();
    stage.check(Rule.NOT_READY_UNASKED, !phase.isReady(), "status before the start: " + phase);
    rollBack(stage, site, move, before);
  }

  private static void cancelWhileWorking(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.expect(Hook.SCHEDULE);
    stage.event("the site goes offline");
    move.expect(Hook.START);
    Answer answer = move.call(Hook.ROLLBACK);
    stage.event("the site is back online");
    stage.check(Rule.ROLLBACK_ANYTIME, answer.isSuccess(), "rollback: " + answer);
    for (int i = 0; i < POLLS_AFTER_CANCEL; i++) {
      stage.world().waiter().pause("what may still run", stage.settings().cadence().poll());
      Phase phase = move.status();
      stage.check(Rule.NOT_READY_UNASKED, !phase.isReady(), "status after the rollback: " + phase);
    }
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
  }

  private static void rollbackAnytime(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    for (String when : List.of("before any schedule", "again before any schedule")) {
      Answer answer = move.call(Hook.ROLLBACK);
      stage.check(Rule.ROLLBACK_ANYTIME, answer.isSuccess(), when + ": " + answer);
    }
    move.runOffline();
    for (String when : List.of("when ready", "a second time", "a third time")) {
      Answer answer = move.call(Hook.ROLLBACK);
      stage.check(Rule.ROLLBACK_ANYTIME, answer.isSuccess(), when + ": " + answer);
    }
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
  }

  private static void againAfterRollback(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move first = Move.soon(stage, site, stage.settings().to());
    first.runOffline();
    first.call(Hook.ROLLBACK);
    Move second = Move.soon(stage, site, stage.settings().to());
    second.runOffline();
    second.expect(Hook.COMMIT);
    switchRegion(site, stage.settings().to(), before);
  }

  private static void againAfterCommit(Stage stage) {
    Settings settings = stage.settings();
    String next =
        settings.descriptor().regionBaseUrls().keySet().stream()
            .filter(realm -> !realm.equals(settings.to()))
            .findFirst()
            .orElseThrow(
                () ->
                    ScenarioEndedException.skipped(
                        "a second migration needs two realms in regionBaseUrls"));
    Site site = stage.install();
    Sight before = site.settled();
    Move first = Move.soon(stage, site, settings.to());
    first.runOffline();
    first.expect(Hook.COMMIT);
    switchRegion(site, settings.to(), before);
    Move second = Move.soon(stage, site, next);
    Answer answer = second.insist(Hook.SCHEDULE);
    boolean refused = !answer.isSuccess() && answer.errorCode().isPresent();
    stage.require(
        Rule.CODE_OR_SUCCESS, answer.isSuccess() || refused, "the second schedule: " + answer);
    if (refused) {
      stage.note("the app refuses a second migration so soon, with " + answer);
      site.expectUnmoved(asIn(settings.to(), before), Rule.STAYS_IN_SOURCE);
      return;
    }
    stage.event("the site goes offline");
    second.expect(Hook.START);
    second.awaitReady();
    stage.event("the site is back online");
    second.expect(Hook.COMMIT);
    switchRegion(site, next, before);
  }

  private static @Nullable Sight asIn(@Nullable String realm, @Nullable Sight sight) {
    return sight == null
        ? null
        : new Sight(sight.answer(), sight.realm() == null ? null : realm, sight.content());
  }

  /** What is seen now, as it would be seen in the realm of an earlier look. */
  static @Nullable Sight asSeenIn(@Nullable Sight earlier, @Nullable Sight now) {
    return earlier == null ? now : asIn(earlier.realm(), now);
  }

  private static void migrationId(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to()).withMigrationId(MIGRATION_ID);
    for (Hook hook : List.of(Hook.SCHEDULE, Hook.START)) {
      String body = move.body(hook);
      String unknown = body.substring(0, body.length() - 1) + ",\"unknown\":{\"field\":[1]}}";
      Answer answer = move.call(hook, unknown);
      stage.require(Rule.OPTIONAL_FIELDS, answer.isSuccess(), hook + ": " + answer);
    }
    Phase phase = move.status();
    stage.require(Rule.OPTIONAL_FIELDS, phase.isWellFormed(), "status with a query: " + phase);
    move.awaitReady();
    Answer commit = move.insist(Hook.COMMIT);
    stage.require(Rule.OPTIONAL_FIELDS, commit.isSuccess(), "commit: " + commit);
    switchRegion(site, stage.settings().to(), before);
  }
}
