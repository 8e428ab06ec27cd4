package dev.domicile.benchmarks;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.PostgresServer;
import java.util.List;
import java.util.Map;

/**
 * The three databases of a move, by URL, since a benchmark runs in a JVM of its own.
 *
 * @param control the control database
 * @param source the database of {@link #FROM}
 * @param target the database of {@link #TO}
 */
record CopyRealms(String control, String source, String target) {
  static final Realm FROM = new Realm("US");
  static final Realm TO = new Realm("EU");

  /** The tenant whose move is measured. */
  static final TenantId MOVING = new TenantId("moving");

  /** A small tenant whose move loads the classes before anything is measured. */
  static final TenantId WARM_UP = new TenantId("warm-up");

  Database sourceDatabase() {
    return database("source", source);
  }

  Database targetDatabase() {
    return database("target", target);
  }

  MigratorConfig config() {
    return new MigratorConfig(
        config(control),
        Map.of(FROM, config(source), TO, config(target)),
        new TableRules(List.of("public"), "client_key", Map.of(), List.of("label")));
  }

  /** Makes Domicile's own tables and tells where the tenants live. */
  void init() {
    Migrator migrator = new Migrator(config(), "benchmarks");
    migrator.init(false);
    migrator.routes().add(MOVING, FROM);
    migrator.routes().add(WARM_UP, FROM);
  }

  private static DatabaseConfig config(String url) {
    return new DatabaseConfig(url, PostgresServer.ROLE, PostgresServer.PASSWORD);
  }

  private static Database database(String name, String url) {
    return new Database(name, url, PostgresServer.ROLE, PostgresServer.PASSWORD);
  }
}
