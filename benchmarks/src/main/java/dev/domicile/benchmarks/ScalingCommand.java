package dev.domicile.benchmarks;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.Progress;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.SampleApp;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "scaling",
    mixinStandardHelpOptions = true,
    description = "Move tenants that have several times as many rows as the first.")
final class ScalingCommand implements Callable<Integer> {
  @Option(names = "--rows", defaultValue = "50000", description = "Rows of the first tenant.")
  long rows;

  @Option(
      names = "--factors",
      defaultValue = "1,4,16",
      split = ",",
      description = "How many times as many rows each tenant has.")
  List<Integer> factors = List.of();

  @Option(names = "--shots", defaultValue = "3", description = "Moves of each tenant.")
  int shots;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (EmbeddedServer here = EmbeddedServer.start();
        EmbeddedServer there = EmbeddedServer.start()) {
      CopyServers.createGranted(there);
      Database source = here.createDatabase("source");
      Database target = there.createDatabase("target");
      SampleApp.create(source, 1, 2);
      SampleApp.create(target, 2, 2);
      for (int factor : factors) {
        SampleApp.addTenant(source, tenant(factor).clientKey(), SampleApp.notesFor(rows * factor));
      }
      SampleApp.addTenant(target, "resident", SampleApp.notesFor(rows));
      CopyRealms realms =
          new CopyRealms(
              here.createDatabase("control").url(), source.url(), target.url(), CopyRealms.GRANTED);
      Migrator migrator = new Migrator(realms.config(), "benchmarks");
      migrator.init(false);
      factors.forEach(factor -> migrator.routes().add(tenant(factor), CopyRealms.FROM));
      CopyServers.run(source, "VACUUM (FREEZE, ANALYZE)");
      // Loads the classes.
      move(migrator, target, factors.get(0));
      Map<Integer, Samples> seconds =
          Rounds.interleave(factors, shots, (factor, round) -> move(migrator, target, factor));
      out.print(table(source, seconds));
      out.flush();
    }
    return 0;
  }

  private TextTable table(Database source, Map<Integer, Samples> seconds) {
    TextTable table = new TextTable("rows", "median s", "min..max s", "us a row", "over the first");
    @Nullable Double first = null;
    for (Map.Entry<Integer, Samples> side : seconds.entrySet()) {
      long moved = SampleApp.count(source, tenant(side.getKey()).clientKey());
      double micros = side.getValue().median() * 1e6 / moved;
      first = first == null ? Double.valueOf(micros) : first;
      table.add(
          String.valueOf(moved),
          TextTable.number("%.2f", side.getValue().median()),
          side.getValue().range("%.2f"),
          TextTable.number("%.1f", micros),
          TextTable.number("%.2f", micros / first));
    }
    return table;
  }

  /** Moves a tenant up to the commit and takes the copy away again, which is not measured. */
  private static double move(Migrator migrator, Database target, int factor) throws SQLException {
    Instant now = Instant.now();
    migrator.schedule(tenant(factor), CopyRealms.TO, now, now.plus(Duration.ofHours(1)));
    long began = System.nanoTime();
    migrator.start(tenant(factor), Progress.Listener.NONE);
    double seconds = (System.nanoTime() - began) / 1e9;
    migrator.rollback(tenant(factor), Progress.Listener.NONE);
    CopyServers.run(target, "VACUUM (ANALYZE)");
    return seconds;
  }

  private static TenantId tenant(int factor) {
    return new TenantId("times-" + factor);
  }
}
