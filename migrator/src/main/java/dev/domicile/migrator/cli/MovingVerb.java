package dev.domicile.migrator.cli;

import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A verb by which a tenant comes closer to another realm. */
abstract class MovingVerb extends TenantVerb {
  @Mixin final GivenPlan plan = new GivenPlan();

  @Option(
      names = "--accept-warnings",
      description =
          "Move although the plan warns; tables.acceptedWarnings does so for single warnings.")
  boolean acceptWarnings;

  @Override
  MigratorConfig settings() {
    MigratorConfig configured = super.settings();
    return acceptWarnings
        ? configured.withTables(
            configured.tables().withAcceptedWarnings(Set.of(TableRules.EVERY_WARNING)))
        : configured;
  }
}
