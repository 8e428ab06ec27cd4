package dev.domicile.benchmarks;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.TableRules;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.PostgresServer;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "tables",
    mixinStandardHelpOptions = true,
    description = "Move a tenant of many tables with few rows each, beside a ping for each table.")
final class TablesCommand implements Callable<Integer> {
  private static final int TARGET_OFFSET = 1_000_000;

  @Option(names = "--tables", defaultValue = "200", description = "How many tables.")
  int tables;

  @Option(names = "--rows", defaultValue = "5", description = "The tenant's rows in each.")
  int rows;

  @Option(names = "--shots", defaultValue = "5", description = "Moves, each of another tenant.")
  int shots;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws SQLException {
    PrintWriter out = spec.commandLine().getOut();
    try (EmbeddedServer here = EmbeddedServer.start();
        EmbeddedServer there = EmbeddedServer.start()) {
      Database source = here.createDatabase("source");
      Database target = there.createDatabase("target");
      CopyRealms realms =
          new CopyRealms(
              here.createDatabase("control").url(),
              source.url(),
              target.url(),
              PostgresServer.ROLE);
      source.execute(schema());
      target.execute(schema());
      target.execute(fill(0, TARGET_OFFSET));
      MigratorConfig config = realms.config();
      Migrator migrator =
          new Migrator(
              new MigratorConfig(config.control(), config.realms(), TableRules.DEFAULT),
              "benchmarks");
      migrator.init(false);
      List<Double> pings = new ArrayList<>();
      List<Double> moves = new ArrayList<>();
      for (int shot = 0; shot <= shots; shot++) {
        TenantId tenant = new TenantId("tenant-" + (shot + 1));
        source.execute(fill(shot + 1, (shot + 1) * rows));
        migrator.routes().add(tenant, CopyRealms.FROM);
        double ping = pings(source);
        double move = move(migrator, tenant);
        // Else each move would find the triggers of those before.
        migrator.rollback(tenant, Progress.Listener.NONE);
        if (shot > 0) {
          pings.add(ping);
          moves.add(move);
        }
      }
      out.print(table(new Samples(pings), new Samples(moves)));
      out.flush();
    }
    return 0;
  }

  private TextTable table(Samples pings, Samples moves) {
    TextTable table =
        new TextTable("tables", "rows each", "pings s", "move s", "min..max s", "3 x pings + 2 s");
    table.add(
        String.valueOf(tables),
        String.valueOf(rows),
        TextTable.number("%.3f", pings.median()),
        TextTable.number("%.2f", moves.median()),
        moves.range("%.2f"),
        TextTable.number("%.2f", 3 * pings.median() + 2));
    return table;
  }

  private static double move(Migrator migrator, TenantId tenant) {
    long began = System.nanoTime();
    Instant now = Instant.now();
    migrator.schedule(tenant, CopyRealms.TO, now, now.plus(Duration.ofHours(1)));
    migrator.start(tenant, Progress.Listener.NONE);
    return (System.nanoTime() - began) / 1e9;
  }

  /** One round trip for each table. */
  private double pings(Database database) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      long began = System.nanoTime();
      for (int i = 0; i < tables; i++) {
        statement.execute("SELECT 1");
      }
      return (System.nanoTime() - began) / 1e9;
    }
  }

  private String schema() {
    return forEachTable(
        "CREATE TABLE item_%1$d (id bigint PRIMARY KEY, client_key text NOT NULL, body text);"
            + " CREATE INDEX ON item_%1$d (client_key);");
  }

  private String fill(int tenant, int firstId) {
    return forEachTable(
        "INSERT INTO item_%1$d SELECT "
            + firstId
            + " + i, 'tenant-"
            + tenant
            + "', 'text ' || i FROM generate_series(1, "
            + rows
            + ") AS i;");
  }

  private String forEachTable(String sql) {
    return IntStream.range(0, tables).mapToObj(sql::formatted).collect(Collectors.joining());
  }
}
