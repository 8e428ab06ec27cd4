package dev.domicile.migrator.cli;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.cutover.Comparison;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(name = "verify", description = "Compare the tenant's rows in both realms.")
final class VerifyVerb extends TenantVerb {
  @Override
  ExitCode run(Migrator migrator, Output output) {
    return showComparison(
        output, withProgress(output, listener -> migrator.verify(tenant(), listener)));
  }

  static ExitCode showComparison(Output output, Comparison.Result result) {
    List<String> differing = result.differing().stream().map(Chunk::toString).toList();
    output.json(
        Map.of(
            "equal", result.equal(),
            "chunks", result.chunks(),
            "rows", result.rows(),
            "differing", differing));
    if (result.equal()) {
      output.line(
          "Both realms hold the same %s rows, compared in %d chunks.",
          Output.count(result.rows()), result.chunks());
      return ExitCode.DONE;
    }
    output.line("%d of %d chunks differ:", differing.size(), result.chunks());
    differing.forEach(chunk -> output.line("  %s", chunk));
    output.line("Rows written since the copy are taken along by commit.");
    return ExitCode.DIFFERENT;
  }
}
