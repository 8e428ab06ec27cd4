package dev.domicile.simulator;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rules about the descriptor, and about all answers; played last, over what came before as well.
 */
final class AnswerScenarios {
  private static final Set<String> CODES = Set.of("E0001", "E0002", "E0003", "E0004", "E9999");
  private static final BigDecimal SHORTEST_HOURS = new BigDecimal("0.5");
  private static final BigDecimal LONGEST_HOURS = new BigDecimal("24");

  private AnswerScenarios() {}

  static Scenario descriptor() {
    return new Scenario(
        "descriptor",
        "What the descriptor says of realms and durations.",
        AnswerScenarios::playDescriptor);
  }

  static List<Scenario> all() {
    return List.of(
        new Scenario(
            "error-codes",
            "Hooks that fail; no answer so far has a code that is not published.",
            AnswerScenarios::errorCodes),
        new Scenario(
            "status-always-answers",
            "Status in every phase; none so far for a known tenant was other than 2xx.",
            AnswerScenarios::statusAlwaysAnswers),
        new Scenario(
            "answer-time",
            "Every hook in time; none so far was slower than the limit.",
            AnswerScenarios::answerTime));
  }

  private static void playDescriptor(Stage stage) {
    Descriptor descriptor = stage.settings().descriptor();
    BigDecimal hours = descriptor.maxMigrationHours();
    stage.check(
        Rule.DURATION_DECLARED,
        hours == null || isDuration(hours),
        "maxMigrationDurationHours: " + (hours == null ? "not declared" : hours));
    for (String realm : descriptor.regionBaseUrls().keySet()) {
      stage.check(Rule.REALMS_PUBLISHED, Descriptor.PUBLISHED_REALMS.contains(realm), realm);
    }
  }

  private static boolean isDuration(BigDecimal hours) {
    return hours.compareTo(SHORTEST_HOURS) >= 0
        && hours.compareTo(LONGEST_HOURS) <= 0
        && hours.remainder(SHORTEST_HOURS).signum() == 0;
  }

  private static void errorCodes(Stage stage) {
    Site site = stage.install();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.call(Hook.START);
    move.call(Hook.COMMIT);
    move.call(Hook.ROLLBACK);
    move.call(Hook.SCHEDULE, "{}");
    Move.soon(stage, site, "ATLANTIS").call(Hook.SCHEDULE);
    move.status();
    for (HookAnswer one : stage.world().hookAnswers()) {
      Optional<String> code = one.answer().errorCode();
      code.ifPresent(
          c -> stage.check(Rule.PUBLISHED_CODES, CODES.contains(c), one + ": '" + c + "'"));
    }
    if (stage.world().hookAnswers().stream().allMatch(a -> a.answer().errorCode().isEmpty())) {
      stage.note("no answer had a code, so the service would retry each refusal");
    }
  }

  private static void statusAlwaysAnswers(Stage stage) {
    Site site = stage.install();
    site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.status();
    move.call(Hook.START);
    move.status();
    move.expect(Hook.SCHEDULE);
    move.status();
    move.expect(Hook.START);
    move.status();
    move.awaitReady();
    move.call(Hook.ROLLBACK);
    move.status();
    Move committed = Move.soon(stage, site, stage.settings().to());
    committed.runOffline();
    committed.expect(Hook.COMMIT);
    committed.status();
    site.switchTo(stage.settings().to());
    committed.status();
  }

  private static void answerTime(Stage stage) {
    Site site = stage.install();
    site.settled();
    Move move = Move.soon(stage, site, stage.settings().to());
    move.runOffline();
    move.call(Hook.ROLLBACK);
    Move committed = Move.soon(stage, site, stage.settings().to());
    committed.runOffline();
    committed.expect(Hook.COMMIT);
    site.switchTo(stage.settings().to());
    long limit = stage.settings().answerLimit().toMillis();
    List<HookAnswer> answers = stage.world().hookAnswers();
    for (HookAnswer one : answers) {
      long took = one.answer().took().toMillis();
      if (took > limit) {
        stage.check(Rule.ANSWER_TIME, false, one + ": " + took + " ms");
      }
    }
    long slowest =
        answers.stream()
            .collect(Collectors.summarizingLong(one -> one.answer().took().toMillis()))
            .getMax();
    stage.check(
        Rule.ANSWER_TIME,
        slowest <= limit,
        answers.size() + " answers, the slowest after " + slowest + " ms; limit " + limit + " ms");
  }
}
