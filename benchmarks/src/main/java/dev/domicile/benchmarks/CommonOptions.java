package dev.domicile.benchmarks;

import picocli.CommandLine.Option;

/** Options that every command has. */
final class CommonOptions {
  @Option(names = "--verbose", description = "Show JMH's own output.")
  boolean verbose;
}
