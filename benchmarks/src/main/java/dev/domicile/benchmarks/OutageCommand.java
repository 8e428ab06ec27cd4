package dev.domicile.benchmarks;

import dev.domicile.router.CacheConfig;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "outage",
    mixinStandardHelpOptions = true,
    description = "Stop the control database under load: SIGSTOP first, SIGKILL then.")
final class OutageCommand implements Callable<Integer> {
  private static final int ROUTES = 200_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @Option(names = "--seconds", defaultValue = "60", description = "Length of each outage.")
  int seconds;

  @Option(names = "--threads", defaultValue = "4", description = "Threads with warm tenants.")
  int threads;

  @Option(names = "--cold-threads", defaultValue = "4", description = "Threads with cold tenants.")
  int coldThreads;

  @Option(names = "--warm", defaultValue = "1000", description = "How many tenants are warm.")
  int warm;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  private boolean good = true;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    TextTable table =
        new TextTable(
            "outage",
            "warm",
            "failed",
            "cold refused",
            "longest ms",
            "limit ms",
            "threads",
            "at peak",
            "cold ms",
            "change ms");
    try (EmbeddedServer controlServer = EmbeddedServer.startDurable();
        EmbeddedServer realmServer = EmbeddedServer.start()) {
      Database control = controlServer.createDatabase("control");
      Database realm = realmServer.createDatabase("realm");
      RoutingSetup.prepare(control, RoutingSetup.REALM, ROUTES);
      RouterConfig config =
          new RouterConfig(
              RoutingSetup.config(control.url()),
              Map.of(RoutingSetup.REALM, RoutingSetup.config(realm.url())));
      try (Router router = new Router(config)) {
        var unused = RoutingSetup.warm(router, warm);
        try (OutageLoad load = new OutageLoad(router, warm, ROUTES, threads, coldThreads)) {
          Thread.sleep(2000);
          row(table, "SIGSTOP", load, control, controlServer::pause, controlServer::resume);
          row(table, "SIGKILL", load, control, controlServer::kill, controlServer::restart);
        }
      }
    }
    out.print(table);
    out.println("cold ms, change ms: from the end of the outage to the first cold tenant's route,");
    out.println("and to the sight of a route that changed after it");
    out.flush();
    return good ? 0 : 1;
  }

  private void row(
      TextTable table,
      String kind,
      OutageLoad load,
      Database control,
      Runnable stop,
      Runnable start)
      throws InterruptedException {
    int before = THREADS.getThreadCount();
    THREADS.resetPeakThreadCount();
    load.reset();
    stop.run();
    Thread.sleep(Duration.ofSeconds(seconds).toMillis());
    OutageLoad.Counts counts = load.counts();
    int peak = THREADS.getPeakThreadCount();
    start.run();
    long end = System.nanoTime();
    double cold = load.awaitColdSuccess(end);
    double change = load.awaitChange(control, end);
    double limit = CacheConfig.DEFAULT.loadTimeout().toMillis();
    table.add(
        kind,
        String.valueOf(counts.warm()),
        String.valueOf(counts.warmFailed()),
        String.valueOf(counts.coldRefused()),
        TextTable.number("%.0f", counts.longestRefusal()),
        TextTable.number("%.0f", limit),
        String.valueOf(before),
        String.valueOf(peak),
        TextTable.number("%.0f", cold),
        TextTable.number("%.0f", change));
    good &= counts.warmFailed() == 0;
  }
}
