package dev.domicile.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What the command line prints. */
final class CommandLineRun {
  private CommandLineRun() {}

  /** All that a run prints that ends well. */
  static String run(String... args) {
    StringWriter out = new StringWriter();
    assertThat(Benchmarks.run(new PrintWriter(out, true), args)).as("exit code").isZero();
    return out.toString();
  }
}
