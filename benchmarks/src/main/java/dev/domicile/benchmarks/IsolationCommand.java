package dev.domicile.benchmarks;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "isolation",
    mixinStandardHelpOptions = true,
    description = "Stop one of three realms' databases under load and watch the other two.")
final class IsolationCommand implements Callable<Integer> {
  private static final List<Realm> REALMS =
      List.of(new Realm("AU"), new Realm("EU"), new Realm("US"));
  private static final List<String> PHASES = List.of("before", "stopped", "after");

  @Option(names = "--rounds", defaultValue = "3", description = "How often the realm is stopped.")
  int rounds;

  @Option(names = "--seconds", defaultValue = "10", description = "Length of each phase.")
  int seconds;

  @Option(names = "--rate", defaultValue = "200", description = "Requests per second and realm.")
  int rate;

  @Option(names = "--threads", defaultValue = "200", description = "Threads of the container.")
  int threads;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (EmbeddedServer first = EmbeddedServer.start();
        EmbeddedServer second = EmbeddedServer.start();
        EmbeddedServer stopped = EmbeddedServer.start()) {
      Map<Realm, DatabaseConfig> realms = new LinkedHashMap<>();
      List<EmbeddedServer> servers = List.of(first, second, stopped);
      Database control = first.createDatabase("control");
      for (int i = 0; i < REALMS.size(); i++) {
        String url = servers.get(i).createDatabase("realm").url();
        realms.put(REALMS.get(i), RoutingSetup.config(url));
      }
      RoutingSetup.prepare(control, REALMS.get(0), REALMS.size());
      try (Router router =
              new Router(new RouterConfig(RoutingSetup.config(control.url()), realms));
          OpenLoop load = new OpenLoop(router, threads)) {
        List<TenantId> tenants = route(router);
        load.run("warm-up", tenants, rate, Duration.ofSeconds(3));
        for (int round = 0; round < rounds; round++) {
          load.run("before", tenants, rate, Duration.ofSeconds(seconds));
          stopped.pause();
          try {
            load.run("stopped", tenants, rate, Duration.ofSeconds(seconds));
          } finally {
            stopped.resume();
          }
          // What waits for the realm ends first.
          Thread.sleep(1000);
          load.run("after", tenants, rate, Duration.ofSeconds(seconds));
        }
        load.awaitEnd();
        out.print(table(load, tenants));
      }
    }
    int bound = RoutingSetup.POOL.maximumSize() + RoutingSetup.POOL.maximumWaiting();
    out.printf("a realm holds at most %d of %d threads%n", bound, threads);
    out.flush();
    return 0;
  }

  /** One tenant in each realm. */
  private static List<TenantId> route(Router router) throws Exception {
    for (int i = 1; i < REALMS.size(); i++) {
      var route = router.routes().find(RoutingSetup.tenant(i)).orElseThrow();
      router.routes().moveTo(route, REALMS.get(i));
    }
    return RoutingSetup.warm(router, REALMS.size()).stream().map(route -> route.tenant()).toList();
  }

  private static TextTable table(OpenLoop load, List<TenantId> tenants) {
    TextTable table =
        new TextTable(
            "realm", "phase", "requests", "failed", "median ms", "p99 ms", "to before", "held");
    for (int i = 0; i < REALMS.size(); i++) {
      TenantId tenant = tenants.get(i);
      double before = load.seen("before", tenant).millis().quantile(0.99);
      for (String phase : PHASES) {
        OpenLoop.Seen seen = load.seen(phase, tenant);
        Samples millis = seen.millis();
        table.add(
            REALMS.get(i).name(),
            phase,
            String.valueOf(millis.values().size()),
            String.valueOf(seen.failed()),
            TextTable.number("%.2f", millis.median()),
            TextTable.number("%.2f", millis.quantile(0.99)),
            TextTable.number("%.2f", millis.quantile(0.99) / before),
            String.valueOf(seen.held()));
      }
    }
    return table;
  }
}
