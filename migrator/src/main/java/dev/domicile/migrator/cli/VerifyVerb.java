package dev.domicile.migrator.cli;

import dev.domicile.migrator.CopyComparison;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.RealmCheck;
import dev.domicile.migrator.RowDifference;
import dev.domicile.migrator.Verification;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "verify",
    description = {
      "Look at a tenant's rows in all realms. Changes no row, and may be called at any time.",
      "Where a migration has made a second copy, both are compared chunk by chunk, at the servers;"
          + " rows that differ are named by their keys, never by their contents. A comparison that"
          + " was stopped goes on where it was.",
      "Every other configured realm is asked for rows of the tenant that should not be there."
    })
final class VerifyVerb extends TenantVerb {
  static final int NAMED_ROWS = 100;

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "" + NAMED_ROWS,
      description = "How many rows that differ are named at most; ${DEFAULT-VALUE} by default.")
  int limit = NAMED_ROWS;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    if (limit < 0) {
      throw new InvalidRequest("--limit is " + limit + "; give 0 or more");
    }
    return showVerification(
        output, withProgress(output, listener -> migrator.verify(tenant(), limit, listener)));
  }

  static ExitCode showVerification(Output output, Verification verification) {
    output.json(verification);
    CopyComparison copies = verification.copies();
    if (copies != null) {
      showCopies(output, copies);
    }
    output.table(rows(verification.realms()));
    for (RealmCheck check : verification.realms()) {
      if (check.note() != null) {
        output.line("%s: %s", check.realm(), check.note());
      }
    }
    if (!verification.clean()) {
      return ExitCode.DIFFERENT;
    }
    return verification.complete() ? ExitCode.DONE : ExitCode.UNAVAILABLE;
  }

  private static void showCopies(Output output, CopyComparison copies) {
    if (copies.chunks() < copies.chunksPlanned()) {
      output.line("%d of %d chunks are copied yet.", copies.chunks(), copies.chunksPlanned());
    }
    if (copies.equal()) {
      output.line(
          "%s and %s hold the same %s rows, compared in %d chunks. Digest: %s",
          copies.source(),
          copies.target(),
          Output.count(copies.rows()),
          copies.chunks(),
          String.valueOf(copies.digest()));
      return;
    }
    output.line(
        "%d of %d chunks differ between %s and %s:",
        copies.differingChunks(), copies.chunks(), copies.source(), copies.target());
    for (RowDifference row : copies.differences()) {
      output.line(
          "  %s (%s) is %s in %s",
          row.table(), key(row), row.kind().name().toLowerCase(Locale.ROOT), copies.target());
    }
    if (copies.more()) {
      output.line("  and more");
    }
    output.line("Rows written since the copy are taken along by commit.");
  }

  private static String key(RowDifference row) {
    return row.key().entrySet().stream()
        .map(column -> column.getKey() + "=" + column.getValue())
        .collect(Collectors.joining(", "));
  }

  static List<List<String>> rows(List<RealmCheck> checks) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("REALM", "HOLDS", "ROWS", "TABLES"));
    for (RealmCheck check : checks) {
      rows.add(
          List.of(
              check.realm().name(),
              check.state().name(),
              Output.count(check.rows()),
              check.tables().stream()
                  .map(RealmCheck.Holding::table)
                  .collect(Collectors.joining(" "))));
    }
    return rows;
  }
}
