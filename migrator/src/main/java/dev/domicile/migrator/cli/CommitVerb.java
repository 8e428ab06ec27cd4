package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "commit",
    description = "Fence the source, take along what changed, and switch the route.")
final class CommitVerb extends TenantVerb {
  @Option(names = "--dry-run", description = "Compare both ends, and switch nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (dryRun) {
      return VerifyVerb.showVerification(
          output,
          withProgress(
              output, listener -> migrator.verify(tenant(), VerifyVerb.NAMED_ROWS, listener)));
    }
    Migration migration = withProgress(output, listener -> migrator.commit(tenant(), listener));
    output.json(migration);
    output.line(
        "Tenant '%s' lives in %s now. The old copy in %s takes no more writes.",
        migration.tenant(), migration.target(), migration.source());
    output.line("Next, once the retention is over: purge %s", migration.tenant());
    return ExitCode.DONE;
  }
}
