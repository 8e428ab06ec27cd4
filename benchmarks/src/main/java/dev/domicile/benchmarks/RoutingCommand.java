package dev.domicile.benchmarks;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "routing",
    mixinStandardHelpOptions = true,
    description = "Resolve a warm tenant and lend it a connection, with and without Domicile.")
final class RoutingCommand implements Callable<Integer> {
  private static final Map<String, String> PEERS =
      Map.of(
          "resolve", "bareCache",
          "connectionInScope", "barePool",
          "scopeAndConnection", "barePool");
  private static final List<String> METHODS =
      List.of(
          "bareCache",
          "bareExpiringCache",
          "resolve",
          "barePool",
          "connectionInScope",
          "scopeAndConnection");

  @Option(names = "--shots", defaultValue = "5", description = "Rounds of each benchmark.")
  int shots;

  @Option(
      names = "--threads",
      split = ",",
      defaultValue = "1,2",
      description = "Threads; each number is measured on its own.")
  List<Integer> threads = List.of();

  @Option(
      names = "--millis",
      defaultValue = "1000",
      description = "Length of an iteration; a round has two to warm up and three that count.")
  int millis;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    List<Side> sides = new ArrayList<>();
    threads.forEach(n -> METHODS.forEach(method -> sides.add(new Side(method, n))));
    try (EmbeddedServer server = EmbeddedServer.start()) {
      Database control = server.createDatabase("control");
      Database realm = server.createDatabase("realm");
      prepare(control, realm);
      Map<Side, Samples> nanos =
          Rounds.interleave(
              sides,
              shots,
              (side, round) -> {
                double time = shot(side, control, realm);
                out.printf("round %d, %s: %s ns%n", round, side, TextTable.number("%.1f", time));
                out.flush();
                return time;
              });
      out.println();
      out.print(table(nanos));
      out.flush();
    }
    return 0;
  }

  private double shot(Side side, Database control, Database realm) throws RunnerException {
    Rounds rounds = new Rounds(common.verbose);
    return rounds.score(
        rounds
            .only(RoutingBenchmark.class, side.method())
            .threads(side.threads())
            .warmupTime(TimeValue.milliseconds(millis))
            .measurementTime(TimeValue.milliseconds(millis))
            .param("control", control.url())
            .param("realm", realm.url()));
  }

  private static void prepare(Database control, Database realm) {
    MigratorConfig config =
        new MigratorConfig(
            RoutingBenchmark.config(control.url()),
            Map.of(RoutingBenchmark.REALM, RoutingBenchmark.config(realm.url())),
            TableRules.DEFAULT);
    Migrator migrator = new Migrator(config, "benchmarks");
    migrator.init(false);
    migrator.routes().add(RoutingBenchmark.TENANT, RoutingBenchmark.REALM);
  }

  private static TextTable table(Map<Side, Samples> nanos) {
    TextTable table = new TextTable("operation", "threads", "median ns", "min..max ns", "added ns");
    nanos.forEach(
        (side, times) -> {
          Samples peer = nanos.get(new Side(PEERS.getOrDefault(side.method(), ""), side.threads()));
          table.add(
              side.method(),
              String.valueOf(side.threads()),
              TextTable.number("%.1f", times.median()),
              times.range("%.1f"),
              peer == null ? "" : TextTable.number("%.1f", times.median() - peer.median()));
        });
    return table;
  }

  /** A benchmark method on a number of threads. */
  private record Side(String method, int threads) {
    @Override
    public String toString() {
      return method + ", threads " + threads;
    }
  }
}
