package dev.domicile.benchmarks;

import dev.domicile.testkit.PostgresServer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "copy",
    mixinStandardHelpOptions = true,
    description = "Move a tenant with Domicile, with a plain COPY and in other ways, in turn.")
final class CopyCommand implements Callable<Integer> {
  private static final double MB = 1e6;

  @Option(names = "--rows", defaultValue = "500000", description = "The tenant's rows, about.")
  long rows;

  @Option(
      names = "--other-rows",
      description = "Rows of other tenants in either realm; half of --rows by default.")
  long otherRows = -1;

  @Option(names = "--shots", defaultValue = "5", description = "Moves of each side.")
  int shots;

  @Option(
      names = "--sides",
      split = ",",
      defaultValue = "GRANTED,ORDINARY,PSQL,PIPE",
      description = "Who moves the tenant, of ${COMPLETION-CANDIDATES}.")
  List<Way> ways = List.of();

  @Option(
      names = "--jobs",
      split = ",",
      defaultValue = "2",
      description =
          "Chunks or parts that are copied at the same time; a list makes a side of each.")
  List<Integer> jobs = List.of();

  @Option(
      names = "--profile",
      description = "Also look, fifty times a second, at what the servers do; slows both sides.")
  boolean profile;

  @Option(
      names = "--target-setting",
      paramLabel = "NAME=VALUE",
      description = "A setting of Postgres for all sessions at the target; may be repeated.")
  Map<String, String> targetSettings = Map.of();

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  private final Map<Side, List<Double>> heaps = new HashMap<>();

  /** A way to move the tenant. */
  enum Way {
    /** Domicile by a role that may switch off foreign-key triggers, and then checks by set. */
    GRANTED("domicile", "domicile, may switch triggers off", CopyRealms.GRANTED),
    /** Domicile by an ordinary role. */
    ORDINARY("domicile", "domicile, ordinary role", PostgresServer.ROLE),
    /** psql to psql. */
    PSQL("psql", "psql pipe", PostgresServer.ROLE),
    /** The driver to the driver. */
    PIPE("pipe", "plain pipe", PostgresServer.ROLE),
    /** The driver to the driver, in parts at the same time, and nothing is checked. */
    PARTS("parts", "plain pipe in 12 parts, triggers off", CopyRealms.GRANTED),
    /** A subscription. */
    LOGICAL("logical", "logical replication, triggers off", PostgresServer.ROLE),
    /** A foreign server. */
    FDW("fdw", "postgres_fdw", PostgresServer.ROLE),
    /** Inserts. */
    BATCHES("batches", "JDBC batches, triggers off", CopyRealms.GRANTED);

    private final String method;
    private final String title;
    private final String role;

    Way(String method, String title, String role) {
      this.method = method;
      this.title = title;
      this.role = role;
    }

    boolean hasJobs() {
      return method.equals("domicile") || this == PARTS;
    }
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    String psql = Client.version("psql");
    out.println(psql.isEmpty() ? "no psql on the PATH, its side is left out" : psql);
    List<Side> sides =
        ways.stream()
            .filter(way -> way != Way.PSQL || !psql.isEmpty())
            .flatMap(
                way ->
                    way.hasJobs()
                        ? jobs.stream().map(n -> new Side(way, n))
                        : Stream.of(new Side(way, 1)))
            .toList();
    try (CopyServers servers = new CopyServers(rows, otherRows < 0 ? rows / 2 : otherRows);
        StatementSampler sampler = new StatementSampler(profile ? servers.admins() : Map.of())) {
      servers.set(targetSettings);
      PlainPipe.Volume tenant = servers.tenant();
      out.printf(
          "tenant: %d rows, %s MB in COPY's binary format%n",
          tenant.rows(), TextTable.number("%.1f", tenant.bytes() / MB));
      out.flush();
      Map<Side, Samples> seconds =
          Rounds.interleave(
              sides,
              shots,
              (side, round) -> {
                double time = shot(servers, sampler, side);
                out.printf("round %d, %s: %s s%n", round, side, TextTable.number("%.2f", time));
                out.flush();
                return time;
              });
      out.println();
      out.print(table(tenant, seconds));
      out.print(sampler.report());
      out.flush();
    }
    return 0;
  }

  private double shot(CopyServers servers, StatementSampler sampler, Side side) throws Exception {
    CopyRealms realms = servers.reset(side.way().role);
    Rounds rounds = new Rounds(common.verbose);
    ChainedOptionsBuilder options =
        rounds
            .only(CopyBenchmark.class, side.way().method)
            .param("control", realms.control())
            .param("source", realms.source())
            .param("target", realms.target())
            .param("role", realms.role())
            .param("jobs", String.valueOf(side.jobs()));
    Rounds.Score score = sampler.during(side.toString(), () -> rounds.score(options));
    servers.requireArrived(realms);
    heaps.computeIfAbsent(side, first -> new ArrayList<>()).add(score.peakHeap() / MB);
    return score.value() / 1_000;
  }

  /** Times are compared with the first pipe among the sides, else with the last side. */
  private TextTable table(PlainPipe.Volume tenant, Map<Side, Samples> seconds) {
    List<Side> sides = List.copyOf(seconds.keySet());
    Side base =
        sides.stream()
            .filter(side -> side.way() == Way.PSQL || side.way() == Way.PIPE)
            .findFirst()
            .orElse(sides.get(sides.size() - 1));
    double baseTime = Objects.requireNonNull(seconds.get(base)).median();
    TextTable table =
        new TextTable(
            "side",
            "median s",
            "min..max s",
            "MB/s",
            "rows/s",
            "peak heap MB",
            "speed over " + base);
    seconds.forEach(
        (side, times) ->
            table.add(
                side.toString(),
                TextTable.number("%.2f", times.median()),
                times.range("%.2f"),
                TextTable.number("%.1f", tenant.bytes() / MB / times.median()),
                TextTable.number("%.0f", tenant.rows() / times.median()),
                TextTable.number(
                    "%.0f", new Samples(Objects.requireNonNull(heaps.get(side))).max()),
                TextTable.number("%.2f", baseTime / times.median())));
    return table;
  }

  private record Side(Way way, int jobs) {
    @Override
    public String toString() {
      return way.title + (way.hasJobs() ? ", jobs " + jobs : "");
    }
  }
}
