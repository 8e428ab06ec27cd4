package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
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
  private static final int MANY = 10_000;
  private static final List<Operation> OPERATIONS =
      List.of(
          new Operation("bareCache", 1, null),
          new Operation("resolve", 1, "bareCache"),
          new Operation("bareCache", MANY, null),
          new Operation("resolve", MANY, "bareCache"),
          new Operation("barePool", 0, null),
          new Operation("springRouting", 0, "barePool"),
          new Operation("connectionInScope", 0, "barePool"),
          new Operation("springKeyAndConnection", 0, "barePool"),
          new Operation("scopeAndConnection", 0, "barePool"),
          new Operation("bareSelect1", 0, null),
          new Operation("select1InScope", 0, "bareSelect1"),
          new Operation("bareDiscardAll", 0, "bareSelect1"),
          new Operation("otherTenant", 0, "bareSelect1"));

  @Option(names = "--shots", defaultValue = "5", description = "Rounds of each benchmark.")
  int shots;

  @Option(
      names = "--threads",
      split = ",",
      defaultValue = "1,2,8",
      description = "Threads; each number is measured on its own.")
  List<Integer> threads = List.of();

  @Option(
      names = "--only",
      split = ",",
      description = "Operations; all by default. What they are compared with is measured as well.")
  List<String> only = List.of();

  @Option(
      names = "--millis",
      defaultValue = "1000",
      description = "Length of an iteration to warm up, of which a round has two.")
  int millis;

  @Option(
      names = "--iterations",
      defaultValue = "100",
      description = "Iterations of a round that count, of 10 ms each.")
  int iterations;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  private final Map<Side, Double> allocated = new HashMap<>();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (EmbeddedServer server = EmbeddedServer.start()) {
      Database control = server.createDatabase("control");
      Database realm = server.createDatabase("realm");
      RoutingSetup.prepare(control, RoutingSetup.REALM, MANY);
      Map<Side, Samples> nanos =
          Rounds.interleave(
              sides(),
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

  private List<Side> sides() {
    List<Side> sides = new ArrayList<>();
    for (int count : threads) {
      OPERATIONS.stream()
          .filter(this::isChosen)
          .forEach(operation -> sides.add(new Side(operation, count)));
    }
    return sides;
  }

  private boolean isChosen(Operation operation) {
    return only.isEmpty()
        || only.contains(operation.method())
        || OPERATIONS.stream()
            .anyMatch(
                other -> only.contains(other.method()) && operation.method().equals(other.peer()));
  }

  private double shot(Side side, Database control, Database realm) throws RunnerException {
    Rounds rounds = new Rounds(common.verbose);
    Operation operation = side.operation();
    ChainedOptionsBuilder options =
        rounds
            .only(
                operation.tenants() > 0 ? ResolveBenchmark.class : LendingBenchmark.class,
                operation.method())
            .addProfiler(GCProfiler.class)
            .threads(side.threads())
            .warmupTime(TimeValue.milliseconds(millis))
            .measurementIterations(iterations)
            .param("control", control.url())
            .param("realm", realm.url());
    if (operation.tenants() > 0) {
      options.param("tenants", String.valueOf(operation.tenants()));
    }
    Rounds.Score score = rounds.score(options);
    allocated.merge(side, score.bytesPerOperation(), Math::min);
    return score.value();
  }

  private TextTable table(Map<Side, Samples> nanos) {
    TextTable table =
        new TextTable(
            "operation",
            "tenants",
            "threads",
            "median ns",
            "min..max ns",
            "B/op",
            "compared",
            "least");
    nanos.forEach(
        (side, times) -> {
          Operation operation = side.operation();
          Samples peer = nanos.get(side.peer());
          table.add(
              operation.method(),
              operation.tenants() > 0 ? String.valueOf(operation.tenants()) : "",
              String.valueOf(side.threads()),
              TextTable.number("%.1f", times.median()),
              times.range("%.1f"),
              TextTable.number("%.0f", allocated.getOrDefault(side, Double.NaN)),
              peer == null ? "1.00" : TextTable.number("%.2f", times.median() / peer.median()),
              peer == null ? "1.00" : TextTable.number("%.2f", times.min() / peer.min()));
        });
    return table;
  }

  /**
   * A benchmark method.
   *
   * @param tenants how many tenants' routes it looks up; 0 if it lends connections
   * @param peer the method that it is compared with
   */
  private record Operation(String method, int tenants, @Nullable String peer) {}

  /** A benchmark method on a number of threads. */
  private record Side(Operation operation, int threads) {
    Side peer() {
      String peer = operation.peer();
      return new Side(new Operation(peer == null ? "" : peer, operation.tenants(), null), threads);
    }

    @Override
    public String toString() {
      String tenants = operation.tenants() > 0 ? ", tenants " + operation.tenants() : "";
      return operation.method() + tenants + ", threads " + threads;
    }
  }
}
