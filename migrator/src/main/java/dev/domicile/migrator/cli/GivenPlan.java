package dev.domicile.migrator.cli;

import dev.domicile.migrator.Assessment;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names a plan in a file. */
final class GivenPlan {
  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description = "Follow this plan, which plan --save wrote and which may have been edited.")
  @Nullable Path file;

  /** The plan, if one is given. */
  Optional<Plan> read() {
    return file == null ? Optional.empty() : Optional.of(new PlanFile(file).read());
  }

  /** Looks at the move, by the plan if one is given. */
  Assessment assess(Migrator migrator, TenantId tenant, Realm target) {
    return read()
        .map(plan -> migrator.assess(tenant, target, plan))
        .orElseGet(() -> migrator.assess(tenant, target));
  }

  /** Makes the tenant's migration follow the plan, if one is given. */
  void follow(Migrator migrator, TenantId tenant) {
    read().ifPresent(plan -> migrator.follow(tenant, plan));
  }
}
