package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "purge",
    description = "Delete the old copy at the source, once the retention is over.")
final class PurgeVerb extends TenantVerb {
  @Option(
      names = "--retention",
      paramLabel = "DURATION",
      description = "Keep it for this long after commit instead of the configured time; PT0S: not.")
  @Nullable Duration retention;

  @Option(names = "--dry-run", description = "Say what would be deleted, and delete nothing.")
  boolean dryRun;

  @Override
  MigratorConfig settings() {
    MigratorConfig configured = super.settings();
    if (retention != null && retention.isNegative()) {
      throw new InvalidRequest("--retention is " + retention + "; give PT0S or more");
    }
    return retention == null ? configured : configured.withRetention(retention);
  }

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (dryRun) {
      ExitCode code = show(output, migrator.report(tenant()));
      output.line("A purge would delete the tenant's rows of these tables at the source.");
      return code;
    }
    Migration migration = withProgress(output, listener -> migrator.purge(tenant(), listener));
    output.json(migration);
    if (migration.state() == MigrationState.ROLLED_BACK) {
      output.line("%s was taken back, and has left no old copy.", migration);
      return ExitCode.DONE;
    }
    output.line(
        "Purged the old copy of tenant '%s' in %s.", migration.tenant(), migration.source());
    return ExitCode.DONE;
  }
}
