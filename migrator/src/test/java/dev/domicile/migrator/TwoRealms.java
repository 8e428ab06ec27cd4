package dev.domicile.migrator;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.RouteTable;
import dev.domicile.router.TenantId;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** A control database and two realms with the sample app, of which US and EU hold tenants. */
public final class TwoRealms {
  /** Lives in US and is about to move. */
  public static final TenantId TENANT = new TenantId("tenant-a");

  /** Lives in US and stays. */
  public static final String NEIGHBOUR = "tenant-b";

  /** Lives in EU already. */
  public static final String RESIDENT = "tenant-c";

  public static final Realm US = new Realm("US");
  public static final Realm EU = new Realm("EU");

  public final Database control;
  public final Database us;
  public final Database eu;
  private Capture capture = CaptureWay.USUAL;

  /** Three empty databases. */
  public TwoRealms(TestDatabases databases) {
    this(databases.create("control"), databases.create("us"), databases.create("eu"));
  }

  private TwoRealms(Database control, Database us, Database eu) {
    this.control = control;
    this.us = us;
    this.eu = eu;
  }

  /** The sample app in both realms with tenants of that many notes, and a route for each. */
  public static TwoRealms withSampleApp(TestDatabases databases, int notes) {
    return new TwoRealms(
        databases.create("routes", TwoRealms::addRoutes),
        databases.create(
            "us_" + notes, us -> fill(us, 1, notes, List.of(TENANT.clientKey(), NEIGHBOUR))),
        databases.create("eu_" + notes, eu -> fill(eu, 2, notes, List.of(RESIDENT))));
  }

  private static void addRoutes(Database control) {
    DataSource source = config(control).unpooled("test");
    DomicileSchema.CONTROL.migrate(source);
    RouteTable routes = new RouteTable(DSL.using(source, SQLDialect.POSTGRES));
    routes.add(TENANT, US);
    routes.add(new TenantId(NEIGHBOUR), US);
    routes.add(new TenantId(RESIDENT), EU);
  }

  private static void fill(Database realm, int firstId, int notes, List<String> tenants) {
    SampleApp.create(realm, firstId, 2);
    tenants.forEach(tenant -> SampleApp.addTenant(realm, tenant, notes));
    DomicileSchema.REALM.migrate(config(realm).unpooled("test"));
  }

  /** The same with another way to note changes. */
  public TwoRealms noting(Capture other) {
    capture = other;
    return this;
  }

  public MigratorConfig config() {
    return new MigratorConfig(
            config(control),
            Map.of(US, config(us), EU, config(eu)),
            new TableRules(List.of("public"), "client_key", Map.of(), List.of("label"))
                // Tests set traps that a plan warns of.
                .withAcceptedWarnings(Set.of(TableRules.EVERY_WARNING)))
        .withCutover(CaptureWay.on(TestDatabases.server(), capture));
  }

  /** The configuration with a superuser in both realms, or with the ordinary role. */
  MigratorConfig by(boolean superuser, MigratorConfig config) {
    return superuser
        ? config.withRealms(
            Map.of(
                US, config(TestDatabases.server().asSuperuser(us)),
                EU, config(TestDatabases.server().asSuperuser(eu))))
        : config;
  }

  /** The same with small chunks, so that a small tenant has many, and without patience. */
  public MigratorConfig smallChunks() {
    return config().withCopy(new CopySettings(50, 64L << 10, 2).withPatience(Duration.ZERO));
  }

  public Migrator migrator() {
    return new Migrator(smallChunks(), "test");
  }

  /** Schedules and starts the tenant's move to EU. */
  public Migration copied() {
    schedule();
    return migrator().start(TENANT, Progress.Listener.NONE);
  }

  public Migration schedule() {
    return migrator().schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
  }

  public Migration committed() {
    copied();
    return migrator().commit(TENANT, Progress.Listener.NONE);
  }

  /** All of the tenant's rows, table by table. */
  public static List<String> rows(Database database, String clientKey) {
    return SampleApp.TABLES.stream()
        .flatMap(table -> SampleApp.rows(database, table, clientKey).stream().map(table::concat))
        .toList();
  }

  public static DatabaseConfig config(Database database) {
    return new DatabaseConfig(database.url(), database.user(), database.password());
  }
}
