package dev.domicile.simulator;

import java.io.PrintWriter;
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
      out.println("  " + result.summary());
      result.transcript().forEach(this::exchange);
      for (Check check : result.checks()) {
        if (check.passed()) {
          out.println("  ok     " + check.rule() + ": " + check.detail());
        } else {
          out.println("  BROKEN " + check.rule() + ": " + check.detail());
          out.println("         rule:   " + check.rule().text());
          out.println("         source: " + check.rule().source());
        }
      }
      if (!result.note().isEmpty()) {
        out.println("  note:  " + result.note());
      }
      out.println();
    }
    out.flush();
  }

  void summary(Report report) {
    List<ScenarioResult> failed =
        report.scenarios().stream().filter(r -> r.outcome() == Outcome.FAILED).toList();
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
    for (ScenarioResult result : failed) {
      List<String> rules =
          result.failures().stream().map(check -> check.rule().name()).distinct().toList();
      out.println("  " + result.name() + ": " + String.join(", ", rules));
    }
    report.scenarios().stream()
        .filter(result -> result.outcome() != Outcome.FAILED && !result.note().isEmpty())
        .map(ScenarioResult::note)
        .distinct()
        .forEach(note -> out.println("  note: " + note));
    out.flush();
  }

  private void exchange(Exchange exchange) {
    if (exchange.method() == null) {
      out.println("  -- " + exchange.what());
      return;
    }
    String answer =
        exchange.failure() != null
            ? exchange.failure()
            : exchange.status() + " " + oneLine(String.valueOf(exchange.received()));
    out.println(
        "  "
            + exchange.method()
            + " "
            + exchange.url()
            + " ["
            + exchange.signature()
            + "]"
            + (exchange.sent() == null ? "" : " " + oneLine(exchange.sent())));
    out.println("     -> " + answer.strip() + " (" + exchange.millis() + " ms)");
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }
}
