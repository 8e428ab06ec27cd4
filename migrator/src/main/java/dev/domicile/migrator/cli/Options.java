package dev.domicile.migrator.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options that every verb has. */
final class Options {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "${DOMICILE_CONFIG:-domicile.yaml}",
      description = "The configuration file; $DOMICILE_CONFIG, or domicile.yaml here, by default.")
  Path config = Path.of("domicile.yaml");

  @Option(names = "--json", description = "Write the result as one JSON document.")
  boolean json;

  @Option(names = "--verbose", description = "Write a log of what is done to standard error.")
  boolean verbose;
}
