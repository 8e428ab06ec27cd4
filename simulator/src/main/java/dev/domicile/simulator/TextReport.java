package dev.domicile.simulator;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report for people: a block for each scenario as it ends, then a summary. */
final class TextReport {
  private static final int LONGEST = 160;

  private final PrintWriter out;
  private final boolean brief;

  /**
   * A report on that writer.
   *
   * @param brief whether scenarios that passed get one line
   */
  TextReport(PrintWriter out, boolean brief) {
    this.out = out;
    this.brief = brief;
  }

  void scenario(ScenarioResult result) {
    out.println(
        String.format(
            Locale.ROOT,
            "%-7s %s (%.1f s, %d checks)",
            result.outcome(),
            result.name(),
            result.seconds(),
            result.checks().size()));
    if (!brief || result.outcome() != Outcome.PASSED) {
      lines(result).forEach(line -> out.println("  " + line));
      out.println();
    }
    out.flush();
  }

  void summary(Report report) {
    out.println(
        String.format(
            Locale.ROOT,
            "%s, %s to %s: %d passed, %d failed, %d skipped in %.1f s",
            report.app(),
            report.from(),
            report.to(),
            report.count(Outcome.PASSED),
            report.count(Outcome.FAILED),
            report.count(Outcome.SKIPPED),
            report.seconds()));
    for (ScenarioResult result : report.scenarios()) {
      if (result.outcome() == Outcome.FAILED) {
        List<String> rules =
            result.failures().stream().map(check -> check.rule().name()).distinct().toList();
        out.println("  " + result.name() + ": " + String.join(", ", rules));
      }
    }
    report.scenarios().stream()
        .filter(result -> result.outcome() != Outcome.FAILED && !result.note().isEmpty())
        .map(ScenarioResult::note)
        .distinct()
        .forEach(note -> out.println("  note: " + note));
    out.flush();
  }

  /** What was sent, what came back, what was checked. */
  static List<String> lines(ScenarioResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(result.summary());
    result.transcript().forEach(exchange -> lines.addAll(lines(exchange)));
    result.checks().forEach(check -> lines.addAll(lines(check)));
    if (!result.note().isEmpty()) {
      lines.add("note:  " + result.note());
    }
    return lines;
  }

  private static List<String> lines(Check check) {
    String seen = check.rule() + ": " + oneLine(check.detail());
    return check.passed()
        ? List.of("ok     " + seen)
        : List.of(
            "BROKEN " + seen,
            "       rule:   " + check.rule().text(),
            "       source: " + check.rule().source());
  }

  private static List<String> lines(Exchange exchange) {
    if (exchange.method() == null) {
      return List.of("-- " + exchange.what());
    }
    String sent = exchange.sent() == null ? "" : " " + oneLine(exchange.sent());
    String answer =
        exchange.failure() != null
            ? exchange.failure()
            : exchange.status() + " " + oneLine(String.valueOf(exchange.received()));
    return List.of(
        exchange.method() + " " + exchange.url() + " [" + exchange.signature() + "]" + sent,
        "   -> " + answer.strip() + " (" + exchange.millis() + " ms)");
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }
}
