package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "nodes",
    mixinStandardHelpOptions = true,
    description = "Change routes and see when each of several nodes, JVMs of their own, sees it.")
final class NodesCommand implements Callable<Integer> {
  private static final int WRITERS = 4;
  private static final String CUT =
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'domicile-route-feed' AND datname = 'control'
      """;

  @Option(names = "--nodes", defaultValue = "3", description = "How many nodes.")
  int nodes;

  @Option(names = "--routes", defaultValue = "100000", description = "How many routes.")
  int routes;

  @Option(names = "--watched", defaultValue = "200", description = "How many of them are watched.")
  int watched;

  @Option(names = "--rate", defaultValue = "1000", description = "Changes per second.")
  int rate;

  @Option(names = "--batch", defaultValue = "10", description = "Changes per transaction.")
  int batch;

  @Option(names = "--seconds", defaultValue = "30", description = "For how long.")
  int seconds;

  @Option(names = "--poll-millis", defaultValue = "1000", description = "The poll interval.")
  int pollMillis;

  @Option(
      names = "--cut-millis",
      defaultValue = "0",
      description = "How often the nodes' listening connections are cut; 0 for never.")
  int cutMillis;

  @Option(names = "--seed", defaultValue = "1", description = "Chooses the tenants.")
  long seed;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    int step = routes / watched / WRITERS * WRITERS;
    int exact = routes / (step * WRITERS) * step * WRITERS;
    RouteWriter.Plan plan =
        new RouteWriter.Plan(exact, step, rate, batch, WRITERS, Duration.ofSeconds(seconds), seed);
    List<NodeProcess> running = new ArrayList<>();
    try (EmbeddedServer server = EmbeddedServer.start()) {
      Database control = server.createDatabase("control");
      RoutingSetup.prepare(control, RouteNode.FROM, plan.routes());
      try {
        for (int i = 0; i < nodes; i++) {
          running.add(start(control, plan));
        }
        for (NodeProcess node : running) {
          var unused = node.until("ready");
        }
        out.printf("%d nodes have cached %d routes each%n", nodes, plan.routes());
        out.flush();
        long start = System.nanoTime();
        List<RouteWriter.Change> changes = change(server, control, plan);
        out.printf(
            "%d changes in %s s%n",
            control.number("SELECT sum(epoch - 1) FROM domicile.route"),
            TextTable.number("%.1f", (System.nanoTime() - start) / 1e9));
        out.flush();
        // What was committed last has the same time to be seen as anything else.
        Thread.sleep(2L * pollMillis + 1000);
        out.println();
        return report(out, running, changes) ? 0 : 1;
      } finally {
        running.forEach(NodeProcess::close);
      }
    }
  }

  private NodeProcess start(Database control, RouteWriter.Plan plan) throws IOException {
    return new NodeProcess(
        RouteNode.class,
        common.verbose,
        control.url(),
        String.valueOf(plan.routes()),
        String.valueOf(plan.step()),
        String.valueOf(pollMillis));
  }

  private List<RouteWriter.Change> change(
      EmbeddedServer server, Database control, RouteWriter.Plan plan) throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    ScheduledExecutorService cutter = Executors.newSingleThreadScheduledExecutor();
    try (Connection admin = server.admin().connect();
        Statement statement = admin.createStatement()) {
      if (cutMillis > 0) {
        var unused =
            cutter.scheduleAtFixedRate(
                () -> cut(statement), cutMillis, cutMillis, TimeUnit.MILLISECONDS);
      }
      List<Future<List<RouteWriter.Change>>> written = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        written.add(writers.submit(new RouteWriter(control, plan, i)));
      }
      List<RouteWriter.Change> changes = new ArrayList<>();
      for (Future<List<RouteWriter.Change>> some : written) {
        changes.addAll(some.get());
      }
      cutter.shutdown();
      var unused = cutter.awaitTermination(10, TimeUnit.SECONDS);
      return changes;
    } finally {
      cutter.shutdownNow();
      writers.shutdownNow();
    }
  }

  private static void cut(Statement statement) {
    try {
      statement.execute(CUT);
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot cut the listeners off", e);
    }
  }

  /** Returns whether every node has seen everything. */
  private boolean report(
      PrintWriter out, List<NodeProcess> running, List<RouteWriter.Change> changes)
      throws IOException {
    TextTable table =
        new TextTable(
            "node", "watched changes", "median ms", "p99 ms", "longest ms", "unseen", "stale");
    boolean good = true;
    for (int i = 0; i < running.size(); i++) {
      NodeProcess node = running.get(i);
      node.tell("check");
      int stale = node.until("checked").size();
      Map<String, NavigableMap<Integer, Long>> seen = seen(node);
      List<Double> delays = new ArrayList<>();
      int unseen = 0;
      for (RouteWriter.Change change : changes) {
        // Of two changes in quick succession the node may see the later one alone.
        NavigableMap<Integer, Long> epochs = seen.getOrDefault(change.tenant(), new TreeMap<>());
        Map.Entry<Integer, Long> first = epochs.ceilingEntry(change.epoch());
        if (first == null) {
          unseen++;
        } else {
          delays.add((first.getValue() - change.committed()) / 1e6);
        }
      }
      Samples millis = new Samples(delays);
      table.add(
          String.valueOf(i + 1),
          String.valueOf(changes.size()),
          TextTable.number("%.1f", millis.median()),
          TextTable.number("%.1f", millis.quantile(0.99)),
          TextTable.number("%.1f", millis.max()),
          String.valueOf(unseen),
          String.valueOf(stale));
      good &= unseen == 0 && stale == 0;
    }
    out.print(table);
    out.flush();
    return good;
  }

  private static Map<String, NavigableMap<Integer, Long>> seen(NodeProcess node)
      throws IOException {
    Map<String, NavigableMap<Integer, Long>> seen = new HashMap<>();
    node.tell("seen");
    for (String line : node.until("seen")) {
      String[] parts = line.split(" ", -1);
      seen.computeIfAbsent(parts[0], first -> new TreeMap<>())
          .put(Integer.valueOf(parts[1]), Long.valueOf(parts[2]));
    }
    return seen;
  }
}
