package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "rollback",
    description =
        "Take a commit back while its soak lasts, and delete what the migration wrote;"
            + " the tenant lives in the source realm.")
final class RollbackVerb extends TenantVerb {
  @Option(names = "--dry-run", description = "Say what would be deleted, and delete nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (dryRun) {
      ExitCode code = show(output, migrator.report(tenant()));
      output.line("A rollback would delete the rows above, and nothing else.");
      return code;
    }
    Migration migration = withProgress(output, listener -> migrator.rollback(tenant(), listener));
    output.json(migration);
    output.line("Rolled back %s. No row of it is left in %s.", migration, migration.target());
    return ExitCode.DONE;
  }
}
