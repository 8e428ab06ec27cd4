package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migrator;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "init",
    description = "Create or update Domicile's own tables in the control and realm databases.")
final class InitVerb extends Verb {
  @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    Map<String, Integer> scripts = migrator.init(dryRun);
    output.json(Map.of("dryRun", dryRun, "scripts", scripts));
    scripts.forEach(
        (database, count) ->
            output.line(
                "%s: %s",
                database,
                count == 0
                    ? "up to date"
                    : (dryRun ? "scripts to apply: " : "scripts applied: ") + count));
    return ExitCode.DONE;
  }
}
