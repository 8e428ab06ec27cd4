package dev.domicile.migrator.cli;

import dev.domicile.migrator.Assessment;
import dev.domicile.migrator.Migrator;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "plan",
    description = "Show what would move, and what speaks against it. Changes nothing.")
final class PlanVerb extends TenantVerb {
  @Option(names = "--to", required = true, paramLabel = "REALM", description = "Where it goes.")
  String target = "";

  @Mixin final GivenPlan plan = new GivenPlan();

  @Option(names = "--save", paramLabel = "FILE", description = "Write the plan to this file.")
  @Nullable Path save;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    Assessment assessment = plan.assess(migrator, tenant(), realm(target));
    if (save != null) {
      new PlanFile(save).write(assessment.plan());
    }
    return show(output, assessment);
  }
}
