package dev.domicile.migrator.cli;

import dev.domicile.migrator.Assessment;
import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all verbs have in common: options, the migrator, and how results are shown. */
abstract class Verb implements Callable<Integer> {
  @Mixin final Options options = new Options();

  @Spec @Nullable CommandSpec spec;

  /** Does the work. */
  abstract ExitCode run(Migrator migrator, Output output);

  @Override
  public Integer call() {
    Logging.start(options.verbose);
    Output output = output();
    return run(new Migrator(settings(), "cli:" + System.getProperty("user.name")), output).number();
  }

  Output output() {
    return new Output(Objects.requireNonNull(spec).commandLine().getOut(), options.json);
  }

  /** The configuration, as the verb wants it. */
  MigratorConfig settings() {
    return new ConfigFile(options.config, System.getenv()).load();
  }

  static TenantId tenant(String text) {
    return parse(text, TenantId::new);
  }

  static Realm realm(String text) {
    return parse(text, Realm::new);
  }

  private static <T> T parse(String text, Function<String, T> type) {
    try {
      return type.apply(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequest(e.getMessage() + "; correct it on the command line");
    }
  }

  /** Runs the work with a progress bar, unless JSON is wanted. */
  static <T> T withProgress(Output output, Function<Progress.Listener, T> work) {
    if (output.isJson()) {
      return work.apply(Progress.Listener.NONE);
    }
    try (ProgressBars bars = new ProgressBars()) {
      return work.apply(bars);
    }
  }

  static ExitCode show(Output output, Assessment assessment) {
    output.json(assessment);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("TABLE", "TENANT BY", "KEY", "MOVED IDS", "WAVE", "FORMAT"));
    for (TablePlan table : assessment.plan().tables()) {
      rows.add(
          List.of(
              table.name().toString(),
              table.path().toString(),
              String.join(", ", table.keyNames()),
              movedIds(table),
              String.valueOf(table.wave()),
              table.binary() ? "binary" : "text"));
    }
    output.table(rows);
    if (!assessment.plan().leftOut().isEmpty()) {
      output.line("Left out: %s", assessment.plan().leftOut());
    }
    if (!assessment.plan().shared().isEmpty()) {
      output.line("Shared, not moved: %s", assessment.plan().shared());
    }
    for (Finding finding : assessment.findings()) {
      output.line("%s %s: %s", finding.severity(), finding.code(), finding);
    }
    if (assessment.allowed()) {
      boolean warned =
          assessment.findings().stream().anyMatch(f -> f.severity() == Finding.Severity.WARNING);
      output.line(
          "Tenant '%s' can move from %s to %s%s.",
          assessment.plan().tenant(),
          assessment.plan().source(),
          assessment.plan().target(),
          warned ? ", once the warnings are accepted" : "");
      return ExitCode.DONE;
    }
    output.line("Refused: cure the errors above, then plan again. Nothing was changed.");
    return ExitCode.REFUSED;
  }

  /** The columns whose ids are not preserved, with what is added to them once that is reserved. */
  private static String movedIds(TablePlan table) {
    return table.columns().stream()
        .filter(column -> column.offset() != null)
        .map(column -> column.name() + (column.shift() == 0 ? "" : " + " + column.shift()))
        .collect(Collectors.joining(", "));
  }

  static ExitCode show(Output output, MigrationReport report) {
    output.json(report);
    output.line("%s: %s", capital(report.migration().toString()), report.migration().state());
    if (report.migration().error() != null) {
      output.line("Last error: %s", report.migration().error());
    }
    if (!report.tables().isEmpty()) {
      output.table(volumes(report));
    }
    if (report.lag() != null && report.lag().changes() > 0) {
      output.line(
          "%s changes wait to be taken along, the oldest for %s s.",
          Output.count(report.lag().changes()), Output.seconds(report.lag().seconds()));
    }
    if (report.lag() != null && report.lag().logBytes() > 0) {
      output.line(
          "%s MB of the log of %s are held back for its changes.",
          Output.megabytes(report.lag().logBytes()), report.migration().source());
    }
    if (report.pauseMillis() != null) {
      output.line("At the switch its writes were refused for %d ms.", report.pauseMillis());
    }
    return ExitCode.DONE;
  }

  /** The table at the end of a move: what moved, and how long each phase took. */
  static void summarize(Output output, MigrationReport report) {
    List<List<String>> phases = new ArrayList<>();
    phases.add(List.of("PHASE", "SECONDS"));
    Map<String, MigrationState> shown = new LinkedHashMap<>();
    shown.put("copy and verify", MigrationState.COPYING);
    shown.put("catch up", MigrationState.CATCHING_UP);
    shown.put("cutover", MigrationState.COMMITTING);
    shown.forEach(
        (name, state) ->
            report.seconds(state).ifPresent(s -> phases.add(List.of(name, Output.seconds(s)))));
    output.table(phases);
    report
        .seconds(MigrationState.COPYING)
        .filter(s -> s > 0)
        .ifPresent(
            s ->
                output.line(
                    "%s rows, %s MB in %d chunks, %s MB/s",
                    Output.count(report.rows()),
                    Output.megabytes(report.bytes()),
                    report.chunks(),
                    Output.megabytes(Math.round(report.bytes() / s))));
  }

  static List<List<String>> volumes(MigrationReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("TABLE", "ROWS", "MB", "CHUNKS"));
    for (MigrationReport.Table table : report.tables()) {
      rows.add(
          List.of(
              table.name(),
              Output.count(table.rows()),
              Output.megabytes(table.bytes()),
              String.valueOf(table.chunks())));
    }
    return rows;
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
