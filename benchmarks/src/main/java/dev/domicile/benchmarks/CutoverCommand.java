package dev.domicile.benchmarks;

import dev.domicile.migrator.CutoverSettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.Progress;
import dev.domicile.testkit.PostgresServer;
import dev.domicile.testkit.SampleApp;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "cutover",
    mixinStandardHelpOptions = true,
    description = "Move a tenant to and fro while it writes, and see how long its writes pause.")
final class CutoverCommand implements Callable<Integer> {
  private static final Duration SOAK = Duration.ofHours(1);
  private static final Duration AROUND = Duration.ofMillis(500);
  private static final double MB = 1e6;

  @Option(
      names = "--rows",
      defaultValue = "150000",
      description = "The tenant's rows, about; 3,200,000 are about 1 GB.")
  long rows;

  @Option(
      names = "--attachment-bytes",
      defaultValue = "" + SampleApp.ATTACHMENT_BYTES,
      description =
          "Bytes of an attachment, of which one row in twenty is one;"
              + " with 38,400 and 500,000 rows the tenant has 1 GB.")
  int attachmentBytes;

  @Option(
      names = "--cutovers",
      defaultValue = "30",
      description = "How often the tenant's home changes: every second time by a return.")
  int cutovers;

  @Option(names = "--rate", defaultValue = "1000", description = "Writes of the tenant a second.")
  int rate;

  @Option(names = "--writers", defaultValue = "8", description = "Sessions that they come from.")
  int writers;

  @Option(
      names = "--neighbours",
      defaultValue = "2",
      description = "Sessions of another tenant of the source that write; 0: none.")
  int neighbours;

  @Option(
      names = "--neighbour-rate",
      defaultValue = "1000",
      description = "Writes of that tenant a second; 0: as fast as they can.")
  int neighbourRate;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (CopyServers servers = new CopyServers(rows, Math.min(rows, 100_000), attachmentBytes)) {
      PlainPipe.Volume tenant = servers.tenant();
      CopyRealms realms = servers.reset(PostgresServer.ROLE);
      out.printf(
          "tenant: %d rows, %s MB in COPY's binary format%n",
          tenant.rows(), TextTable.number("%.1f", tenant.bytes() / MB));
      Migrator migrator =
          new Migrator(
              realms.config().withCutover(CutoverSettings.DEFAULT.withSoak(SOAK)), "benchmarks");
      out.print(pauses(realms, migrator, out));
      out.flush();
    }
    return 0;
  }

  private String pauses(CopyRealms realms, Migrator migrator, PrintWriter out) throws Exception {
    List<Double> pauses = new ArrayList<>();
    List<Double> usual = new ArrayList<>();
    List<Double> before = new ArrayList<>();
    List<Double> during = new ArrayList<>();
    long refused;
    try (WriteLoad load = new WriteLoad(realms, writers, rate, neighbours, neighbourRate)) {
      load.warmUp();
      while (pauses.size() < cutovers) {
        WriteLoad.Mark still = load.mark();
        Thread.sleep(Math.max(2_000, AROUND.toMillis()));
        before.add(load.neighbourRate(still));
        usual.add(load.longestPause(still));

        WriteLoad.Mark copying = load.mark();
        CopyRealms.copy(migrator);
        pauses.add(pauseOf(load, () -> migrator.commit(CopyRealms.MOVING, Progress.Listener.NONE)));
        during.add(load.neighbourRate(copying));
        if (pauses.size() < cutovers) {
          pauses.add(
              pauseOf(load, () -> migrator.rollback(CopyRealms.MOVING, Progress.Listener.NONE)));
        }
        Samples so = new Samples(pauses);
        out.printf("%d cutovers: %.0f ms (%s)%n", pauses.size(), so.median(), so.range("%.0f"));
        out.flush();
      }
      refused = load.refused();
      load.requireNothingLost();
    }
    TextTable table = new TextTable("what", "median", "min..max");
    table.add(row("longest gap between writes, no cutover, ms", usual, "%.0f"));
    table.add(row("longest gap between writes at a cutover, ms", pauses, "%.0f"));
    if (neighbours > 0) {
      table.add(row("writes/s of the neighbour before a migration", before, "%.0f"));
      table.add(row("writes/s of the neighbour during one", during, "%.0f"));
    }
    return table + "refused and repeated: " + refused + " writes" + System.lineSeparator();
  }

  /** The longest time in which no write of the tenant came through, around the cutover. */
  private static double pauseOf(WriteLoad load, Callable<Migration> cutover) throws Exception {
    WriteLoad.Mark mark = load.mark();
    cutover.call();
    Thread.sleep(AROUND.toMillis());
    return load.longestPause(mark);
  }

  private static String[] row(String what, List<Double> values, String format) {
    Samples samples = new Samples(values);
    return new String[] {what, TextTable.number(format, samples.median()), samples.range(format)};
  }
}
