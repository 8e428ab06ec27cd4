package dev.domicile.servlet.hooks;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.RouteTable;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.InstallationSecrets;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** Three realms, of which EU and DE share a database, two tenants in US, and nodes. */
final class HookSite implements AutoCloseable {
  static final TenantId TENANT = new TenantId("tenant-a");
  static final TenantId NEIGHBOUR = new TenantId("tenant-b");
  static final Realm US = new Realm("US");
  static final Realm EU = new Realm("EU");
  static final Realm DE = new Realm("DE");

  /** After which nothing that is waited for will come any more, on a machine that is busy. */
  static final Duration LONGEST = Duration.ofSeconds(40);

  final Database control;
  final Database us;
  final Database eu;
  final MovableClock clock = new MovableClock();
  final Migrator migrator;
  final List<Node> nodes = new ArrayList<>();

  HookSite(TestDatabases databases, int notes) {
    this(
        databases.create("installed", HookSite::fillControl),
        databases.create("us_" + notes, us -> fillUs(us, notes)),
        databases.create("eu", HookSite::fillEu));
  }

  private HookSite(Database control, Database us, Database eu) {
    this.control = control;
    this.us = us;
    this.eu = eu;
    migrator = new Migrator(config(), "test");
  }

  /** Fills three empty databases. */
  static HookSite on(Database control, Database us, Database eu, int notes) {
    fillControl(control);
    fillUs(us, notes);
    fillEu(eu);
    return new HookSite(control, us, eu);
  }

  private static void fillControl(Database control) {
    DataSource source = database(control).unpooled("test");
    DomicileSchema.CONTROL.migrate(source);
    RouteTable routes = new RouteTable(DSL.using(source, SQLDialect.POSTGRES));
    InstallationSecrets secrets = Node.secrets(database(control));
    for (TenantId tenant : List.of(TENANT, NEIGHBOUR)) {
      routes.add(tenant, US);
      secrets.store(tenant, "https://example.net", "jira", Node.secret(tenant));
    }
  }

  private static void fillUs(Database us, int notes) {
    SampleApp.create(us, 1, 2);
    SampleApp.addTenant(us, TENANT.clientKey(), notes);
    SampleApp.addTenant(us, NEIGHBOUR.clientKey(), notes);
    DomicileSchema.REALM.migrate(database(us).unpooled("test"));
  }

  private static void fillEu(Database eu) {
    SampleApp.create(eu, 2, 2);
    DomicileSchema.REALM.migrate(database(eu).unpooled("test"));
  }

  MigratorConfig config() {
    return config(control, us, eu);
  }

  static MigratorConfig config(Database control, Database us, Database eu) {
    return new MigratorConfig(
            database(control),
            Map.of(US, database(us), EU, database(eu), DE, database(eu)),
            new TableRules(List.of("public"), "client_key", Map.of(), List.of("label")))
        .withCopy(new CopySettings(50, 64L << 10, 2).withPatience(Duration.ZERO));
  }

  static HookConfig hooks(int atMost) {
    return new HookConfig(
        true,
        atMost,
        Duration.ofHours(2),
        Map.of("FRANKFURT", EU),
        Duration.ofMillis(50),
        Duration.ofMillis(250),
        Duration.ofMillis(200));
  }

  Node node() throws Exception {
    return node(hooks(5));
  }

  Node node(HookConfig hooks) throws Exception {
    Node node = new Node(config(), hooks, "node-" + nodes.size(), clock);
    nodes.add(node);
    return node;
  }

  /** The body of a schedule or a start; the window opens now. */
  String window(String location) {
    return window(location, Duration.ofHours(1));
  }

  String window(String location, Duration length) {
    return window(clock.start, length, location);
  }

  static String window(Instant start, Duration length, String location) {
    return "{\"startTime\":\"%s\",\"endTime\":\"%s\",\"location\":\"%s\"}"
        .formatted(start, start.plus(length), location);
  }

  Realm home(TenantId tenant) {
    return migrator.routes().find(tenant).orElseThrow().realm();
  }

  static void await(Node node, TenantId tenant, String word) {
    Awaitility.await("status " + word)
        .atMost(LONGEST)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> node.status(tenant).word(), word::equals);
  }

  List<String> states() {
    return control.list("SELECT state FROM domicile.migration ORDER BY id");
  }

  /** What became of the last migration, for whoever waited in vain. */
  String story() {
    return Stream.of(
            "SELECT concat_ws(' ', id, state, 'wanted', wanted, error_code, error)"
                + " FROM domicile.migration ORDER BY id DESC LIMIT 2",
            "SELECT concat_ws(' ', migration_id, at, from_state, to_state, actor, detail)"
                + " FROM domicile.migration_event ORDER BY id DESC LIMIT 20",
            "SELECT task::text FROM domicile.scheduled_task AS task")
        .flatMap(query -> control.list(query).stream())
        .collect(Collectors.joining("\n"));
  }

  void awaitState(String state) {
    Awaitility.await("state " + state)
        .atMost(LONGEST)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> states().get(states().size() - 1), state::equals);
  }

  static List<String> rows(Database database, TenantId tenant) {
    return SampleApp.TABLES.stream()
        .flatMap(
            table ->
                SampleApp.rows(database, table, tenant.clientKey()).stream().map(table::concat))
        .toList();
  }

  private static DatabaseConfig database(Database database) {
    return new DatabaseConfig(
        database.url(),
        database.user(),
        database.password(),
        new PoolConfig(4, Duration.ofSeconds(1)));
  }

  @Override
  public void close() throws Exception {
    for (Node node : nodes) {
      node.close();
    }
  }

  /** Goes as the machine's does, and can be put forward. */
  static final class MovableClock implements InstantSource {
    final Instant start = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    void advance(Duration by) {
      ahead = ahead.plus(by);
    }
  }
}
