package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "start",
    description = "Copy and verify the tenant's rows; goes on where an earlier start stopped.")
final class StartVerb extends MovingVerb {
  @Option(names = "--dry-run", description = "Check the move, and copy nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    Migration migration = migrator.migration(tenant());
    if (dryRun) {
      return show(output, plan.assess(migrator, migration.tenant(), migration.target()));
    }
    plan.follow(migrator, migration.tenant());
    withProgress(output, listener -> migrator.start(migration.tenant(), listener));
    ExitCode code = show(output, migrator.report(migration.tenant()));
    output.line("Next: commit %s, or rollback %s", migration.tenant(), migration.tenant());
    return code;
  }
}
