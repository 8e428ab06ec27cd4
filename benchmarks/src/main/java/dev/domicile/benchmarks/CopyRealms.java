package dev.domicile.benchmarks;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.TableRules;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.PostgresServer;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The three databases of a move, by URL, since a benchmark runs in a JVM of its own.
 *
 * @param control the control database
 * @param source the database of {@link #FROM}
 * @param target the database of {@link #TO}
 * @param role who opens it
 */
record CopyRealms(String control, String source, String target, String role) {
  /** Like the ordinary role, and may switch off foreign-key triggers for its session. */
  static final String GRANTED = "app_granted";

  static final Realm FROM = new Realm("US");
  static final Realm TO = new Realm("EU");

  /** The tenant whose move is measured. */
  static final TenantId MOVING = new TenantId("moving");

  /** A small tenant whose move loads the classes before anything is measured. */
  static final TenantId WARM_UP = new TenantId("warm-up");

  Database sourceDatabase() {
    return new Database("source", source, PostgresServer.ROLE, PostgresServer.PASSWORD);
  }

  Database targetDatabase() {
    return new Database("target", target, role, PostgresServer.PASSWORD);
  }

  MigratorConfig config() {
    return new MigratorConfig(
        config(control, PostgresServer.ROLE),
        Map.of(FROM, config(source, PostgresServer.ROLE), TO, config(target, role)),
        new TableRules(List.of("public"), "client_key", Map.of(), List.of("label")));
  }

  /** Makes Domicile's own tables and tells where the tenants live. */
  void init() {
    Migrator migrator = new Migrator(config(), "benchmarks");
    migrator.init(false);
    migrator.routes().add(MOVING, FROM);
    migrator.routes().add(WARM_UP, FROM);
  }

  /** Schedules and copies the tenant whose move is measured; it is ready for its commit then. */
  static void copy(Migrator migrator) {
    Instant now = Instant.now();
    migrator.schedule(MOVING, TO, now, now.plusSeconds(3600));
    Migration ready = migrator.start(MOVING, Progress.Listener.NONE);
    if (ready.state() != MigrationState.READY_TO_COMMIT) {
      throw new IllegalStateException("The copy is " + ready.state());
    }
  }

  private static DatabaseConfig config(String url, String user) {
    return new DatabaseConfig(url, user, PostgresServer.PASSWORD);
  }
}
