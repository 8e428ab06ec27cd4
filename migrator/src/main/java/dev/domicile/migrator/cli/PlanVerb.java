package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migrator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "plan",
    description = "Show what would move, and what speaks against it. Changes nothing.")
final class PlanVerb extends TenantVerb {
  @Option(names = "--to", required = true, paramLabel = "REALM", description = "Where it goes.")
  String target = "";

  @Override
  ExitCode run(Migrator migrator, Output output) {
    return show(output, migrator.assess(tenant(), realm(target)));
  }
}
