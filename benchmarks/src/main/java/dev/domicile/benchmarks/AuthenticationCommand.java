package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
    name = "authentication",
    mixinStandardHelpOptions = true,
    description = "Authenticate a request with the tenant filter and with Atlassian's library.")
final class AuthenticationCommand implements Callable<Integer> {
  private static final String PEER = "atlassian";

  @Option(names = "--shots", defaultValue = "5", description = "Rounds of each benchmark.")
  int shots;

  @Option(
      names = "--millis",
      defaultValue = "5000",
      description = "Length of an iteration to warm up, of which a round has two.")
  int millis;

  @Option(
      names = "--iterations",
      defaultValue = "100",
      description = "Iterations of a round that count, of 10 ms each.")
  int iterations;

  @Option(
      names = "--profile",
      paramLabel = "PROFILER",
      description = "A profiler of JMH's, such as stack; its output comes with --verbose.")
  String profiler = "";

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  private final Map<Side, Double> allocated = new HashMap<>();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (EmbeddedServer server = EmbeddedServer.start()) {
      Database control = server.createDatabase("control");
      Database realm = server.createDatabase("realm");
      RoutingSetup.prepare(control, RoutingSetup.REALM, 1);
      List<Side> sides =
          Stream.of("call", "page")
              .flatMap(request -> Stream.of(PEER, "filter").map(way -> new Side(way, request)))
              .toList();
      Map<Side, Samples> nanos =
          Rounds.interleave(
              sides,
              shots,
              (side, round) -> {
                double time = shot(side, control, realm);
                out.printf("round %d, %s: %s ns%n", round, side, TextTable.number("%.0f", time));
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
    ChainedOptionsBuilder options =
        rounds
            .only(AuthenticationBenchmark.class, side.way())
            .addProfiler(GCProfiler.class)
            .warmupTime(TimeValue.milliseconds(millis))
            .measurementIterations(iterations)
            .param("control", control.url())
            .param("realm", realm.url())
            .param("request", side.request());
    if (!profiler.isEmpty()) {
      options.addProfiler(profiler);
    }
    Rounds.Score score = rounds.score(options);
    allocated.merge(side, score.bytesPerOperation(), Math::min);
    return score.value();
  }

  private TextTable table(Map<Side, Samples> nanos) {
    TextTable table =
        new TextTable("request", "side", "median ns", "min..max ns", "B/op", "compared", "least");
    nanos.forEach(
        (side, times) -> {
          Samples peer = Objects.requireNonNull(nanos.get(new Side(PEER, side.request())));
          table.add(
              side.request(),
              side.way(),
              TextTable.number("%.0f", times.median()),
              times.range("%.0f"),
              TextTable.number("%.0f", allocated.getOrDefault(side, Double.NaN)),
              TextTable.number("%.2f", times.median() / peer.median()),
              TextTable.number("%.2f", times.min() / peer.min()));
        });
    return table;
  }

  /**
   * A way to authenticate a request.
   *
   * @param way the benchmark's method
   */
  private record Side(String way, String request) {
    @Override
    public String toString() {
      return way + ", " + request;
    }
  }
}
