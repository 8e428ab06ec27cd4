package dev.domicile.benchmarks;

import dev.domicile.migrator.Capture;
import dev.domicile.migrator.CutoverSettings;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.Progress;
import dev.domicile.testkit.PostgresServer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "cost",
    mixinStandardHelpOptions = true,
    description = "What an updated row costs by pgbench, before and while a tenant is moved.")
final class CostCommand implements Callable<Integer> {
  @Option(names = "--rows", defaultValue = "20000", description = "The tenant's rows, about.")
  long rows;

  @Option(names = "--rounds", defaultValue = "5", description = "How often all is measured.")
  int rounds;

  @Option(names = "--seconds", defaultValue = "2", description = "How long pgbench runs each time.")
  int seconds;

  @Option(
      names = "--batches",
      split = ",",
      defaultValue = "1,100",
      description = "Rows that a transaction updates.")
  List<Integer> batches = List.of();

  @Spec CommandSpec spec = CommandSpec.create();

  private final String pgbench = Client.version("pgbench");
  private final Map<UpdateCost, Map<When, List<Double>>> micros = new LinkedHashMap<>();

  /** What happens to the tenant meanwhile. */
  private enum When {
    STILL("no migration"),
    TRIGGERS("migration, triggers"),
    LOGICAL("migration, logical");

    private final String title;

    When(String title) {
      this.title = title;
    }
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        pgbench.isEmpty() ? "no pgbench on the PATH, the driver updates in its place" : pgbench);
    out.flush();
    try (CopyServers servers = new CopyServers(rows, rows)) {
      CopyRealms realms = servers.reset(PostgresServer.ROLE);
      for (var admin : servers.admins().values()) {
        CopyServers.run(admin, "ALTER ROLE %s REPLICATION".formatted(PostgresServer.ROLE));
      }
      for (int round = 0; round < rounds; round++) {
        measure(realms, When.STILL);
        during(realms, Capture.TRIGGERS, When.TRIGGERS);
        during(realms, Capture.LOGICAL, When.LOGICAL);
        out.printf("round %d of %d%n", round + 1, rounds);
        out.flush();
      }
    }
    out.println();
    out.print(table());
    out.flush();
    return 0;
  }

  /** Takes it while the copy is there and its commit has not come. */
  private void during(CopyRealms realms, Capture capture, When when) throws Exception {
    Migrator migrator =
        new Migrator(
            realms.config().withCutover(CutoverSettings.DEFAULT.withCapture(capture)),
            "benchmarks");
    CopyRealms.copy(migrator);
    measure(realms, when);
    migrator.rollback(CopyRealms.MOVING, Progress.Listener.NONE);
  }

  private void measure(CopyRealms realms, When when) throws Exception {
    for (UpdateCost cost : UpdateCost.all(batches)) {
      micros
          .computeIfAbsent(cost, first -> new EnumMap<>(When.class))
          .computeIfAbsent(when, first -> new ArrayList<>())
          .add(cost.micros(realms.sourceDatabase(), !pgbench.isEmpty(), seconds));
    }
  }

  private TextTable table() {
    TextTable table =
        new TextTable(
            Stream.concat(
                    Stream.of("µs for an updated row"),
                    Arrays.stream(When.values()).map(when -> when.title))
                .toArray(String[]::new));
    micros.forEach(
        (cost, by) -> {
          List<String> cells = new ArrayList<>(List.of(cost.toString()));
          for (When when : When.values()) {
            Samples samples = new Samples(Objects.requireNonNull(by.get(when)));
            cells.add(
                TextTable.number("%.1f", samples.median()) + " (" + samples.range("%.1f") + ")");
          }
          table.add(cells.toArray(new String[0]));
        });
    return table;
  }
}
