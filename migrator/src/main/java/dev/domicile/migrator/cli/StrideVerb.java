package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.Stride;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "stride",
    description = {
      "Look whether two realms may hand out the same id, or see to it that they do not.",
      "With --every each sequence of the tenants' tables counts in steps of that many, from a start"
          + " that no other realm has, above every id that a realm has handed out.",
      "Ids that are there already stay as they are; plan tells which of a tenant's are taken."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  domicile stride", "  domicile stride --every 16"})
final class StrideVerb extends Verb {
  @Option(
      names = "--every",
      paramLabel = "N",
      description = "The step: how many realms there will ever be, at least.")
  int every;

  @Option(names = "--dry-run", description = "Look only, whatever else is given.")
  boolean dryRun;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    Stride stride = every == 0 || dryRun ? migrator.stride() : migrator.stride(every);
    output.json(Map.of("sequences", stride.sequences(), "overlapping", stride.overlapping()));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("COLUMN", "REALM", "LAST", "STEP"));
    for (Stride.Sequence sequence : stride.sequences()) {
      rows.add(
          List.of(
              sequence.column(),
              sequence.realm().toString(),
              String.valueOf(sequence.last()),
              String.valueOf(sequence.increment())));
    }
    output.table(rows);
    if (stride.overlapping().isEmpty()) {
      output.line("No two realms hand out the same id.");
      return ExitCode.DONE;
    }
    output.line(
        "Realms may hand out the same ids for %s; run stride --every N.", stride.overlapping());
    return ExitCode.REFUSED;
  }
}
