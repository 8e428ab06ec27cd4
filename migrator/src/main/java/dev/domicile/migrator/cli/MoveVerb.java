package dev.domicile.migrator.cli;

import dev.domicile.migrator.Assessment;
import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.Migrator;
import dev.domicile.router.TenantId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "move", description = "Move a tenant in one go: schedule, start, commit.")
final class MoveVerb extends TenantVerb {
  @Option(names = "--to", required = true, paramLabel = "REALM", description = "Where it goes.")
  String target = "";

  @Mixin final Window window = new Window();

  @Option(names = "--dry-run", description = "Check the move, and change nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    TenantId who = tenant();
    Assessment assessment = migrator.assess(who, realm(target));
    if (dryRun) {
      return show(output, assessment);
    }
    assessment.allowedPlan();
    migrator.schedule(who, realm(target), window.start(), window.end());
    withProgress(output, listener -> migrator.start(who, listener));
    withProgress(output, listener -> migrator.commit(who, listener));
    MigrationReport report = migrator.report(who);
    show(output, report);
    summarize(output, report);
    return ExitCode.DONE;
  }
}
