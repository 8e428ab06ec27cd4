package dev.domicile.demo;

import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.cli.Output;
import dev.domicile.migrator.cli.ProgressBars;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows pinning and moving, step by step, on databases that it starts and stops itself. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = "Moves a tenant from US to EU before your eyes, and rolls another one back.")
final class Demo implements Callable<Integer> {
  private static final Realm US = new Realm("US");
  private static final Realm EU = new Realm("EU");
  private static final TenantId MOVER = new TenantId("acme");
  private static final TenantId RETURNER = new TenantId("borealis");
  private static final TenantId STAYER = new TenantId("cygnus");
  private static final List<TenantId> RESIDENTS =
      List.of(new TenantId("delta"), new TenantId("ember"));
  private static final long FEWEST_ROWS = 100;
  private static final long NOTICE_MILLIS = 10_000;

  @Option(
      names = "--rows",
      defaultValue = "200000",
      paramLabel = "N",
      description = "How many rows the tenant has that moves; ${DEFAULT-VALUE} by default.")
  long rows;

  private final Output out =
      new Output(new PrintWriter(System.out, true, StandardCharsets.UTF_8), false);
  private int step;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Demo()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (rows < FEWEST_ROWS) {
      throw new CommandLine.ParameterException(
          new CommandLine(this), "--rows is " + rows + ", expected " + FEWEST_ROWS + " or more");
    }
    long started = System.nanoTime();
    step("Start three Postgres servers of this demo's own: control, US and EU.");
    try (Servers servers = new Servers()) {
      MigratorConfig config = config(servers);
      Migrator migrator = new Migrator(config, "demo");
      fill(servers, migrator);
      try (App app = new App(config.router())) {
        serve(app);
        MigrationReport moved = move(app, servers, migrator);
        MigrationReport undone = rollBack(app, servers, migrator);
        summarize(moved, undone);
      }
    }
    out.line("");
    out.line(
        "Done in %s seconds. The servers are stopped and their files deleted.",
        Output.seconds((System.nanoTime() - started) / 1e9));
    return 0;
  }

  private void fill(Servers servers, Migrator migrator) {
    step("Fill them: a Connect app with boards, notes, comments, attachments and labels.");
    migrator.init(false);
    // Sequences count by two, so that ids of the two realms lie between each other.
    SampleApp.create(servers.us(), 1, 2);
    SampleApp.create(servers.eu(), 2, 2);
    add(servers.us(), migrator, MOVER, US, rows);
    add(servers.us(), migrator, RETURNER, US, rows / 4);
    add(servers.us(), migrator, STAYER, US, rows / 4);
    for (TenantId resident : RESIDENTS) {
      add(servers.eu(), migrator, resident, EU, rows / 4);
    }
  }

  private void add(
      Database database, Migrator migrator, TenantId tenant, Realm realm, long tenantRows) {
    SampleApp.addTenant(database, tenant.clientKey(), SampleApp.notesFor(tenantRows));
    migrator.routes().add(tenant, realm);
    out.line(
        "   %-9s lives in %s with %s rows",
        tenant, realm, Output.count(SampleApp.count(database, tenant.clientKey())));
  }

  private void serve(App app) throws Exception {
    step("Start the app on a servlet container, port " + app.port() + ", and install it.");
    for (TenantId tenant : List.of(MOVER, RETURNER, STAYER)) {
      app.install(tenant);
    }
    out.line("   A request without a signature:   %s", show(app.unsignedRequest()));
    out.line("   A request signed for %s:       %s", MOVER, show(app.signedRequest(MOVER)));
    requireFrom("app_us", app.signedRequest(MOVER));
  }

  private MigrationReport move(App app, Servers servers, Migrator migrator) throws Exception {
    step("Move " + MOVER + " from US to EU: schedule, start, commit.");
    copy(migrator, MOVER);
    out.line("   While it was copied:             %s", show(app.signedRequest(MOVER)));
    try (ProgressBars bars = new ProgressBars()) {
      migrator.commit(MOVER, bars);
    }
    long committed = System.nanoTime();
    App.Answer answer = awaitRealm(app);
    out.line("   Committed. The same request:     %s", show(answer));
    out.line(
        "   No restart; the app heard of it %d ms after the commit returned.",
        (System.nanoTime() - committed) / 1_000_000);
    out.line("   A write past the app in US:      %s", writeInOldRealm(servers.us()));
    return migrator.report(MOVER);
  }

  private MigrationReport rollBack(App app, Servers servers, Migrator migrator) throws Exception {
    step("Move " + RETURNER + " too, and change our mind before the commit.");
    List<String> before = SampleApp.everything(servers.eu());
    copy(migrator, RETURNER);
    MigrationReport copied = migrator.report(RETURNER);
    out.line(
        "   Copied: EU holds %s rows of %s.",
        Output.count(SampleApp.count(servers.eu(), RETURNER.clientKey())), RETURNER);
    try (ProgressBars bars = new ProgressBars()) {
      migrator.rollback(RETURNER, bars);
    }
    long left = SampleApp.count(servers.eu(), RETURNER.clientKey());
    boolean same = SampleApp.everything(servers.eu()).equals(before);
    out.line("   Rolled back: EU holds %d rows of %s,", left, RETURNER);
    out.line(
        "   and a digest of every row in EU is %s.",
        same ? "the same as before" : "NOT the same as before");
    require(left == 0 && same, "the rollback has left something behind");
    App.Answer answer = app.signedRequest(RETURNER);
    out.line("   A request signed for %s:   %s", RETURNER, show(answer));
    requireFrom("app_us", answer);
    return copied;
  }

  private static void copy(Migrator migrator, TenantId tenant) {
    migrator.schedule(tenant, EU, Instant.now(), Instant.now().plusSeconds(86_400));
    try (ProgressBars bars = new ProgressBars()) {
      migrator.start(tenant, bars);
    }
  }

  private static App.Answer awaitRealm(App app) throws Exception {
    long deadline = System.nanoTime() + NOTICE_MILLIS * 1_000_000;
    App.Answer answer = app.signedRequest(MOVER);
    while (!answer.body().contains("app_eu") && System.nanoTime() < deadline) {
      Thread.sleep(5);
      answer = app.signedRequest(MOVER);
    }
    requireFrom("app_eu", answer);
    return answer;
  }

  private static String writeInOldRealm(Database us) {
    try (Connection connection = us.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE note SET title = 'lost' WHERE client_key = '" + MOVER + "' AND id < 100");
    } catch (SQLException e) {
      return "refused by the fence (SQLSTATE " + e.getSQLState() + ")";
    }
    throw new IllegalStateException("the old realm took a write after the commit");
  }

  private void summarize(MigrationReport moved, MigrationReport undone) {
    step("What was moved, and how long it took.");
    List<List<String>> table = new ArrayList<>();
    table.add(
        List.of(
            "TENANT", "ROWS", "MB", "CHUNKS", "COPY+VERIFY s", "MB/s", "CATCH UP s", "CUTOVER s"));
    table.add(row(moved, "moved"));
    table.add(row(undone, "rolled back"));
    out.table(table);
  }

  private static List<String> row(MigrationReport report, String outcome) {
    double copying = report.seconds(MigrationState.COPYING).orElse(0.0);
    return List.of(
        report.migration().tenant() + " (" + outcome + ")",
        Output.count(report.rows()),
        Output.megabytes(report.bytes()),
        String.valueOf(report.chunks()),
        Output.seconds(copying),
        Output.megabytes(Math.round(report.bytes() / Math.max(copying, 0.001))),
        report.seconds(MigrationState.CATCHING_UP).map(Output::seconds).orElse("-"),
        report.seconds(MigrationState.COMMITTING).map(Output::seconds).orElse("-"));
  }

  private void step(String text) {
    step++;
    out.line("%s%d. %s", step == 1 ? "" : "\n", step, text);
  }

  private static String show(App.Answer answer) {
    return answer.status() + " " + (answer.status() == 200 ? answer.body() : "");
  }

  private static void requireFrom(String database, App.Answer answer) {
    require(
        answer.status() == 200 && answer.body().contains("\"" + database + "\""),
        "the app did not answer from " + database);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException("The demo failed: " + otherwise);
    }
  }

  private static MigratorConfig config(Servers servers) {
    return new MigratorConfig(
        database(servers.control()),
        Map.of(US, database(servers.us()), EU, database(servers.eu())),
        new TableRules(List.of("public"), "client_key", Map.of(), List.of("label")));
  }

  private static DatabaseConfig database(Database database) {
    return new DatabaseConfig(database.url(), database.user(), database.password());
  }
}
