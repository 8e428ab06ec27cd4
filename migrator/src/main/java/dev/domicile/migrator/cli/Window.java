package dev.domicile.migrator.cli;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The time in which a copy may run. */
final class Window {
  private static final Duration DEFAULT_LENGTH = Duration.ofHours(24);

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "When copying may start, such as 2026-12-26T00:00:00Z; now by default.")
  @Nullable Instant from;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "When the copy must be ready; 24 hours after the start by default.")
  @Nullable Instant until;

  Instant start() {
    return from == null ? Instant.now() : from;
  }

  Instant end() {
    Instant latest = Instant.MAX.minus(DEFAULT_LENGTH);
    Instant start = start().isBefore(latest) ? start() : latest;
    return until == null ? start.plus(DEFAULT_LENGTH) : until;
  }
}
