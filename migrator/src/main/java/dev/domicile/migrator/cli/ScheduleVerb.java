package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "schedule", description = "Write a migration down, to be started in its window.")
final class ScheduleVerb extends MovingVerb {
  @Option(names = "--to", required = true, paramLabel = "REALM", description = "Where it goes.")
  String target = "";

  @Mixin final Window window = new Window();

  @Option(names = "--dry-run", description = "Check the move, and write nothing down.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (dryRun) {
      return show(output, plan.assess(migrator, tenant(), realm(target)));
    }
    if (plan.read().isPresent()) {
      plan.assess(migrator, tenant(), realm(target))
          .allowedPlan(settings().tables().acceptedWarnings());
    }
    Migration migration = migrator.schedule(tenant(), realm(target), window.start(), window.end());
    plan.follow(migrator, tenant());
    output.json(migration);
    output.line("Scheduled %s, until %s.", migration, migration.windowEnd());
    output.line("Next: start %s", migration.tenant());
    return ExitCode.DONE;
  }
}
