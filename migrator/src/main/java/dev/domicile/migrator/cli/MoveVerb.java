package dev.domicile.migrator.cli;

import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "move",
    description = "Move a tenant in one go: schedule, start, commit; goes on where it stopped.")
final class MoveVerb extends MovingVerb {
  @Option(names = "--to", required = true, paramLabel = "REALM", description = "Where it goes.")
  String target = "";

  @Mixin final Window window = new Window();

  @Option(names = "--dry-run", description = "Check the move, and change nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    TenantId who = tenant();
    Realm goal = realm(target);
    if (dryRun) {
      return show(output, plan.assess(migrator, who, goal));
    }
    if (!isUnderWay(migrator, who, goal)) {
      plan.assess(migrator, who, goal).allowedPlan(settings().tables().acceptedWarnings());
      migrator.schedule(who, goal, window.start(), window.end());
    }
    if (migrator.migration(who).state().mayBecome(MigrationState.COPYING)) {
      plan.follow(migrator, who);
      withProgress(output, listener -> migrator.start(who, listener));
    }
    withProgress(output, listener -> migrator.commit(who, listener));
    MigrationReport report = migrator.report(who);
    show(output, report);
    summarize(output, report);
    return ExitCode.DONE;
  }

  /** Whether an earlier call was stopped; the last thing that it did may have been the commit. */
  private static boolean isUnderWay(Migrator migrator, TenantId tenant, Realm goal) {
    return migrator
        .newest(tenant)
        .filter(migration -> migration.target().equals(goal))
        .filter(
            migration ->
                !migration.state().isOver()
                    || (migration.state() == MigrationState.COMMITTED
                        && livesIn(migrator, tenant, goal)))
        .isPresent();
  }

  private static boolean livesIn(Migrator migrator, TenantId tenant, Realm realm) {
    return migrator.routes().find(tenant).filter(route -> route.realm().equals(realm)).isPresent();
  }
}
