package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.Migrator;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "recover",
    description =
        "Finish commits and rollbacks of any tenant that a dead process has left half done.")
final class RecoverVerb extends Verb {
  @Option(
      names = "--idle",
      paramLabel = "DURATION",
      defaultValue = "PT1M",
      description =
          "Leave alone what somebody has worked on since then; ${DEFAULT-VALUE} by default.")
  Duration idle = Duration.ofMinutes(1);

  @Option(names = "--dry-run", description = "List what is half done, and change nothing.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (idle.isNegative()) {
      throw new InvalidRequest("--idle is " + idle + "; give PT0S or more");
    }
    if (dryRun) {
      List<Migration> left = migrator.halfDone(idle);
      output.json(left);
      left.forEach(m -> output.line("%s is %s.", m, m.state()));
      return ExitCode.DONE;
    }
    List<Migration> recovered = migrator.recover(idle);
    output.json(recovered);
    recovered.forEach(m -> output.line("Recovered %s: it is %s.", m, m.state()));
    if (recovered.isEmpty()) {
      output.line("Nothing is half done.");
    }
    return recovered.stream().allMatch(Migration::settled) ? ExitCode.DONE : ExitCode.INTERRUPTED;
  }
}
