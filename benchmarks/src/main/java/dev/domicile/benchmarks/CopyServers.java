package dev.domicile.benchmarks;

import dev.domicile.migrator.Migrator;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.PostgresServer;
import dev.domicile.testkit.SampleApp;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/**
 * Two Postgres servers: the source with the tenant that moves, the target with other tenants, all
 * indexes and foreign keys on. Each shot gets fresh clones of the target and the control database,
 * so that no shot finds what another one left.
 */
final class CopyServers implements AutoCloseable {
  private static final int WARM_UP_ROWS = 2_000;

  private final EmbeddedServer here = EmbeddedServer.start();
  private final EmbeddedServer there = EmbeddedServer.start();
  private final Database controlTemplate = here.createDatabase("control_template");
  private final Database targetTemplate = there.createDatabase("target_template");
  private final Database source = here.createDatabase("source");
  private final PlainPipe.Volume tenant;

  /**
   * Starts the servers and fills them.
   *
   * @param rows about how many rows the tenant has
   * @param otherRows about how many rows the other tenants of either realm have together
   */
  CopyServers(long rows, long otherRows) throws SQLException {
    this(rows, otherRows, SampleApp.ATTACHMENT_BYTES);
  }

  /** The same, where each attachment of the tenant that moves has so many bytes. */
  CopyServers(long rows, long otherRows, int attachmentBytes) throws SQLException {
    createGranted(there);
    SampleApp.create(source, 1, 2);
    SampleApp.create(targetTemplate, 2, 2);
    for (String other : new String[] {"1", "2"}) {
      int notes = SampleApp.notesFor(otherRows / 2);
      SampleApp.addTenant(source, "source-" + other, notes);
      SampleApp.addTenant(targetTemplate, "target-" + other, notes);
    }
    SampleApp.addTenant(
        source, CopyRealms.WARM_UP.clientKey(), SampleApp.notesFor(Math.min(rows, WARM_UP_ROWS)));
    SampleApp.addTenant(
        source, CopyRealms.MOVING.clientKey(), SampleApp.notesFor(rows), attachmentBytes);
    new CopyRealms(controlTemplate.url(), source.url(), targetTemplate.url(), PostgresServer.ROLE)
        .init();
    run(source, "VACUUM (FREEZE, ANALYZE)");
    run(targetTemplate, "VACUUM (FREEZE, ANALYZE)");
    tenant = PlainPipe.measure(source, CopyRealms.MOVING.clientKey());
  }

  /** Creates the role {@link CopyRealms#GRANTED}. */
  static void createGranted(EmbeddedServer server) throws SQLException {
    run(
        server.admin(),
        "CREATE ROLE %1$s LOGIN PASSWORD '%2$s' IN ROLE %3$s; GRANT SET ON PARAMETER session_replication_role TO %1$s"
            .formatted(CopyRealms.GRANTED, PostgresServer.PASSWORD, PostgresServer.ROLE));
  }

  /** The rows that a shot moves, and their size in COPY's binary format. */
  PlainPipe.Volume tenant() {
    return tenant;
  }

  /** Both servers, opened by their superusers, by name. */
  Map<String, Database> admins() {
    return Map.of("source", here.admin(), "target", there.admin());
  }

  /** Sets what the sessions at the target start with. */
  void set(Map<String, String> settings) throws SQLException {
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      for (String role : new String[] {PostgresServer.ROLE, CopyRealms.GRANTED}) {
        run(
            there.admin(),
            "ALTER ROLE %s SET %s = '%s'".formatted(role, setting.getKey(), setting.getValue()));
      }
    }
  }

  /** Makes sure that the shot has moved every row. */
  void requireArrived(CopyRealms realms) {
    long rows = SampleApp.count(realms.targetDatabase(), CopyRealms.MOVING.clientKey());
    if (rows != tenant.rows()) {
      throw new IllegalStateException(
          rows + " of " + tenant.rows() + " rows arrived; the shot does not count");
    }
  }

  /** Fresh databases for one shot; those of the shot before are dropped. */
  CopyRealms reset(String role) throws SQLException {
    // The source keeps its rows, but not the fences and notes of a migration that nobody knows of.
    run(source, "DROP SCHEMA domicile CASCADE");
    String control = fresh(here, "control", controlTemplate);
    String target = fresh(there, "target", targetTemplate);
    CopyRealms realms = new CopyRealms(control, source.url(), target, role);
    new Migrator(realms.config(), "benchmarks").init(false);
    run(here.admin(), "CHECKPOINT");
    run(there.admin(), "CHECKPOINT");
    return realms;
  }

  @Override
  public void close() {
    here.close();
    there.close();
  }

  private static String fresh(EmbeddedServer server, String name, Database template) {
    server.dropDatabase(new Database(name, "", "", ""));
    return server.cloneDatabase(name, template).url();
  }

  static void run(Database database, String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
