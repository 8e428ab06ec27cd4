package dev.domicile.simulator;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Hooks that come twice, late, out of order, or whose answers are lost. */
final class DisturbanceScenarios {
  private static final Duration CLOCK_DIFFERENCE = Duration.ofMillis(250);
  private static final int LATE_POLLS = 3;
  private static final int AT_ONCE = 3;

  private DisturbanceScenarios() {}

  static List<Scenario> all() {
    return List.of(
        new Scenario(
            "hook-retries",
            "Every hook twice, a third start when ready; the commit counts once.",
            DisturbanceScenarios::hookRetries),
        new Scenario(
            "hooks-at-once",
            "Every hook three times at the same moment.",
            DisturbanceScenarios::hooksAtOnce),
        new Scenario(
            "lost-answers",
            "Connections closed before the answers are read; each hook is then retried.",
            DisturbanceScenarios::lostAnswers),
        new Scenario(
            "commit-lost-for-good",
            "No answer of the commit gets through, so the service rolls back.",
            DisturbanceScenarios::commitLostForGood),
        new Scenario(
            "rollback-after-commit",
            "The commit is made, its answers are lost, the users write; then a rollback, twice.",
            DisturbanceScenarios::rollbackAfterCommit),
        new Scenario(
            "late-hooks",
            "A late start and commit, repeated after the end; after a rollback they are refused.",
            DisturbanceScenarios::lateHooks),
        new Scenario(
            "out-of-order",
            "Start, status and commit before their time.",
            DisturbanceScenarios::outOfOrder),
        new Scenario(
            "window-overrun",
            "The window passes without a commit; the app must not be ready any more.",
            DisturbanceScenarios::windowOverrun));
  }

  private static void hookRetries(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    twice(stage, move, Hook.SCHEDULE);
    stage.event("the site goes offline");
    twice(stage, move, Hook.START);
    move.awaitReady();
    Answer third = move.call(Hook.START);
    stage.check(Rule.REPEATABLE, third.isSuccess(), "start when ready: " + third);
    move.awaitReady();
    stage.event("the site is back online");
    twice(stage, move, Hook.COMMIT);
    site.switchTo(stage.settings().to());
    site.expectHome(stage.settings().to(), before, Rule.LANDS_IN_TARGET);
  }

  private static void twice(Stage stage, Move move, Hook hook) {
    move.expect(hook);
    stage.world().waiter().pause("the retry", stage.settings().cadence().retry());
    Answer again = move.call(hook);
    stage.check(Rule.REPEATABLE, again.isSuccess(), hook + " again: " + again);
  }

  private static void hooksAtOnce(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    atOnce(stage, move, Hook.SCHEDULE);
    atOnce(stage, move, Hook.START);
    move.awaitReady();
    atOnce(stage, move, Hook.COMMIT);
    // Whichever was refused in passing is retried by the service.
    move.expect(Hook.COMMIT);
    site.switchTo(stage.settings().to());
    site.expectHome(stage.settings().to(), before, Rule.LANDS_IN_TARGET);
  }

  private static void atOnce(Stage stage, Move move, Hook hook) {
    ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);
    List<Answer> answers;
    try {
      List<CompletableFuture<Answer>> calls =
          Stream.generate(() -> CompletableFuture.supplyAsync(() -> move.call(hook), callers))
              .limit(AT_ONCE)
              .toList();
      answers = calls.stream().map(CompletableFuture::join).toList();
    } finally {
      callers.shutdownNow();
    }
    stage.require(
        Rule.REPEATABLE,
        answers.stream().anyMatch(Answer::isSuccess),
        hook + " three times at once: " + answers);
  }

  private static void lostAnswers(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    retriedAfterLoss(stage, move, Hook.SCHEDULE);
    stage.event("the site goes offline");
    retriedAfterLoss(stage, move, Hook.START);
    move.callAndHangUp(Hook.STATUS);
    move.awaitReady();
    stage.event("the site is back online");
    retriedAfterLoss(stage, move, Hook.COMMIT);
    site.switchTo(stage.settings().to());
    site.expectHome(stage.settings().to(), before, Rule.LANDS_IN_TARGET);

    Site other = stage.install();
    Sight otherBefore = other.settled();
    Move rolledBack = Move.soon(stage, other, stage.settings().to());
    rolledBack.runOffline();
    rolledBack.callAndHangUp(Hook.ROLLBACK);
    MigrationScenarios.rollBack(stage, other, rolledBack, otherBefore);
  }

  private static void retriedAfterLoss(Stage stage, Move move, Hook hook) {
    move.callAndHangUp(hook);
    stage.world().waiter().pause("the retry", stage.settings().cadence().retry());
    Answer answer = move.insist(hook);
    stage.require(Rule.REPEATABLE, answer.isSuccess(), hook + " after a lost answer: " + answer);
  }

  private static void commitLostForGood(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.runOffline();
    loseCommit(stage, move);
    MigrationScenarios.rollBack(stage, site, move, before);
  }

  private static void loseCommit(Stage stage, Move move) {
    for (int i = 0; i <= Cadence.RETRIES; i++) {
      move.callAndHangUp(Hook.COMMIT);
      stage.world().waiter().pause("the retry", stage.settings().cadence().retry());
    }
    stage.event("the service takes the commit for failed");
  }

  /** The app has switched, and its users have worked there, before it is told that all is off. */
  private static void rollbackAfterCommit(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.runOffline();
    loseCommit(stage, move);
    Sight moved = site.awaitHome(stage.settings().to());
    Sight expected = before;
    if (moved != null && moved.isServed()) {
      site.write();
      expected = MigrationScenarios.asSeenIn(before, site.look());
    }
    MigrationScenarios.rollBack(stage, site, move, expected);
    Answer again = move.call(Hook.ROLLBACK);
    stage.check(Rule.ROLLBACK_ANYTIME, again.isSuccess(), "rollback once more: " + again);
    site.expectUnmoved(expected, Rule.STAYS_IN_SOURCE);
    Answer late = move.call(Hook.COMMIT);
    stage.check(Rule.ROLLED_BACK_IS_OVER, late.status() >= 400, "commit after it: " + late);
  }

  private static void lateHooks(Stage stage) {
    Settings settings = stage.settings();
    Duration late = settings.cadence().poll();
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, settings.to());
    move.expect(Hook.SCHEDULE);
    stage.world().waiter().pause("a late start", late);
    move.expect(Hook.START);
    move.awaitReady();
    stage.world().waiter().pause("a late commit", late);
    move.expect(Hook.COMMIT);
    site.switchTo(settings.to());
    site.expectHome(settings.to(), before, Rule.LANDS_IN_TARGET);
    stage.event("copies of start and commit arrive when all is over");
    move.call(Hook.START);
    move.call(Hook.COMMIT);
    site.expectHome(settings.to(), before, Rule.LANDS_IN_TARGET);
    afterRollback(stage);
  }

  private static void afterRollback(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.runOffline();
    move.call(Hook.ROLLBACK);
    stage.event("start and commit arrive after the rollback");
    for (Hook hook : List.of(Hook.START, Hook.COMMIT)) {
      Answer answer = move.call(hook);
      stage.check(
          Rule.ROLLED_BACK_IS_OVER,
          answer.status() >= 400,
          hook + " after the rollback: " + answer);
    }
    Phase phase = move.status();
    stage.check(Rule.NOT_READY_UNASKED, !phase.isReady(), "status after the rollback: " + phase);
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
  }

  private static void refusedAsNotScheduled(Stage stage, Move move, Hook hook, String when) {
    Answer answer = move.call(hook);
    boolean fitting = answer.errorCode().map("E0001"::equals).orElse(true);
    stage.check(
        Rule.NOT_SCHEDULED, answer.status() >= 400 && fitting, hook + " " + when + ": " + answer);
  }

  private static void outOfOrder(Stage stage) {
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    Phase phase = move.status();
    stage.check(Rule.NOT_READY_UNASKED, !phase.isReady(), "status before schedule: " + phase);
    refusedAsNotScheduled(stage, move, Hook.START, "before schedule");
    refusedAsNotScheduled(stage, move, Hook.COMMIT, "before schedule");
    move.expect(Hook.SCHEDULE);
    refusedBeforeReady(stage, move, "before start");
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
    move.expect(Hook.START);
    Phase working = move.status();
    if (!working.isReady()) {
      Answer early = move.call(Hook.COMMIT);
      if (early.isSuccess()) {
        keepsAll(stage, site, before, "commit while working: " + early);
        return;
      }
    }
    Answer schedule = move.call(Hook.SCHEDULE);
    stage.event("the same schedule again after the start: " + schedule);
    move.awaitReady();
    MigrationScenarios.rollBack(stage, site, move, before);
  }

  private static void refusedBeforeReady(Stage stage, Move move, String when) {
    Answer answer = move.call(Hook.COMMIT);
    stage.check(Rule.NOT_READY_NO_COMMIT, answer.status() >= 400, "commit " + when + ": " + answer);
  }

  /** An app may become ready between two calls; then its commit has to be a whole one. */
  private static void keepsAll(Stage stage, Site site, @Nullable Sight before, String what) {
    stage.event(what);
    site.switchTo(stage.settings().to());
    site.expectHome(stage.settings().to(), before, Rule.NOT_READY_NO_COMMIT);
  }

  private static void windowOverrun(Stage stage) {
    Settings settings = stage.settings();
    Duration window = settings.cadence().passingWindow();
    Site site = stage.install();
    Sight before = site.settled();
    Move move = Move.soon(stage, site, settings.to(), window);
    Answer schedule = move.insist(Hook.SCHEDULE);
    if (!schedule.isSuccess() && schedule.errorCode().isPresent()) {
      throw ScenarioEndedException.skipped(
          "the app takes no window of "
              + window.toSeconds()
              + " s ("
              + schedule
              + "); a smaller --speed makes it longer");
    }
    stage.require(Rule.HOOK_ACCEPTED, schedule.isSuccess(), Hook.SCHEDULE + ": " + schedule);
    stage.event("the site goes offline");
    move.expect(Hook.START);
    move.status();
    Duration left = Duration.between(stage.world().clock().instant(), move.endTime());
    stage.world().waiter().pause("the end of the window", left.plus(CLOCK_DIFFERENCE));
    stage.event("the window is over, the site is back online");
    for (int i = 0; i < LATE_POLLS; i++) {
      Phase phase = move.status();
      stage.check(Rule.NOT_READY_LATE, !phase.isReady(), "status past the window: " + phase);
      stage.world().waiter().pause("the next status", settings.cadence().poll());
    }
    site.expectUnmoved(before, Rule.STAYS_IN_SOURCE);
    MigrationScenarios.rollBack(stage, site, move, before);
  }
}
