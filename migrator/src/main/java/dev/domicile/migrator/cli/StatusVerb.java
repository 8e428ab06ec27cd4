package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "status", description = "Show how far migrations are.")
final class StatusVerb extends Verb {
  @Parameters(
      arity = "0..1",
      paramLabel = "TENANT",
      description = "The tenant's clientKey; all tenants by default.")
  @Nullable String tenant;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (tenant != null) {
      return show(output, migrator.report(tenant(tenant)));
    }
    List<Migration> migrations = migrator.migrations();
    output.json(migrations);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("ID", "TENANT", "FROM", "TO", "STATE", "LAST ERROR"));
    for (Migration migration : migrations) {
      rows.add(
          List.of(
              String.valueOf(migration.id()),
              migration.tenant().clientKey(),
              migration.source().name(),
              migration.target().name(),
              migration.state().name(),
              migration.error() == null ? "" : migration.error()));
    }
    output.table(rows);
    return ExitCode.DONE;
  }
}
