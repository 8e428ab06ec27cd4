package dev.domicile.benchmarks;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "copy",
    mixinStandardHelpOptions = true,
    description = "Move a tenant with Domicile and with a plain COPY, in turn.")
final class CopyCommand implements Callable<Integer> {
  private static final Side PIPE = new Side("plain pipe", "pipe", 1);
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
      names = "--jobs",
      split = ",",
      defaultValue = "2",
      description = "Chunks that Domicile copies at the same time; a list makes a side of each.")
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

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    List<Side> sides = new ArrayList<>();
    jobs.forEach(n -> sides.add(new Side("domicile, jobs " + n, "domicile", n)));
    sides.add(PIPE);
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
    CopyRealms realms = servers.reset();
    Rounds rounds = new Rounds(common.verbose);
    ChainedOptionsBuilder options =
        rounds
            .only(CopyBenchmark.class, side.method())
            .param("control", realms.control())
            .param("source", realms.source())
            .param("target", realms.target())
            .param("jobs", String.valueOf(side.jobs()));
    double seconds = sampler.during(side.name(), () -> rounds.score(options).value()) / 1_000;
    servers.requireArrived(realms);
    return seconds;
  }

  private static TextTable table(PlainPipe.Volume tenant, Map<Side, Samples> seconds) {
    TextTable table =
        new TextTable("side", "median s", "min..max s", "MB/s", "rows/s", "time over pipe's");
    double pipe = Objects.requireNonNull(seconds.get(PIPE)).median();
    seconds.forEach(
        (side, times) ->
            table.add(
                side.name(),
                TextTable.number("%.2f", times.median()),
                times.range("%.2f"),
                TextTable.number("%.1f", tenant.bytes() / MB / times.median()),
                TextTable.number("%.0f", tenant.rows() / times.median()),
                TextTable.number("%.2f", times.median() / pipe)));
    return table;
  }

  /** A way to move the tenant. */
  private record Side(String name, String method, int jobs) {
    @Override
    public String toString() {
      return name;
    }
  }
}
