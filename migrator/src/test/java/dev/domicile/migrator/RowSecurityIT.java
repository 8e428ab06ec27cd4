package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.SessionConfig;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantFrozenException;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a role that the policies bind sees and may write. */
final class RowSecurityIT {
  private static final String NOTE_OF_NEIGHBOUR =
      "(SELECT min(id) FROM note WHERE client_key = 'tenant-b')";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private Database app;

  @BeforeEach
  void fill() {
    realms = TwoRealms.withSampleApp(databases, 20);
    app = Roles.application(realms.us);
  }

  @Test
  void aQueryWithoutAWhereSeesTheTenantsRowsAlone() throws SQLException {
    secure();
    for (String table : SampleApp.TABLES) {
      for (String tenant : List.of(TENANT.clientKey(), NEIGHBOUR)) {
        assertThat(seen(tenant, "SELECT t::text FROM " + table + " AS t ORDER BY 1"))
            .isNotEmpty()
            .isEqualTo(SampleApp.rows(realms.us, table, tenant));
      }
    }
    assertThat(seen("tenant-a", "SELECT name FROM label")).hasSize(4);
  }

  @Test
  void theRoutersConnectionsSeeTheTenantsRowsAlone() throws SQLException {
    secure();
    DatabaseConfig us =
        new DatabaseConfig(
            app.url(), app.user(), app.password(), new PoolConfig(1, Duration.ofSeconds(5)));
    RouterConfig config =
        new RouterConfig(realms.config().control(), Map.of(US, us))
            .withSessions(SessionConfig.DEFAULT.withAnnounceTenant(true));
    try (Router router = new Router(config)) {
      var unused = router.routes().add(new TenantId(NEIGHBOUR), US);
      for (String tenant : List.of(TENANT.clientKey(), NEIGHBOUR, TENANT.clientKey())) {
        try (TenantScope scope = TenantContext.open(new TenantId(tenant));
            Connection connection = router.dataSource().getConnection();
            Statement statement = connection.createStatement();
            ResultSet row = statement.executeQuery("SELECT count(*) FROM comment")) {
          row.next();
          assertThat(row.getInt(1))
              .as("comments of %s", scope.tenant())
              .isEqualTo(SampleApp.rows(realms.us, "comment", tenant).size());
        }
      }
    }
  }

  @Test
  void nothingIsSeenOrWrittenWithoutATenant() throws SQLException {
    realms.us.execute(
        "INSERT INTO atlassian_host (client_key, base_url, created_date) VALUES ('', '', now())");
    secure();
    for (String table : SampleApp.TABLES) {
      assertThat(seen(null, "SELECT t::text FROM " + table + " AS t")).isEmpty();
      assertThat(seen("", "SELECT t::text FROM " + table + " AS t")).isEmpty();
      assertThat(seen("nobody", "SELECT t::text FROM " + table + " AS t")).isEmpty();
    }
    refuses(null, "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'x')");
    assertThat(Roles.write(app, null, "DELETE FROM note_label")).isZero();
  }

  @Test
  void aWriteToAnotherTenantIsRefused() throws SQLException {
    String note = realms.us.list("SELECT " + NOTE_OF_NEIGHBOUR).get(0);
    String own = realms.us.list("SELECT min(id) FROM note WHERE client_key = 'tenant-a'").get(0);
    secure();

    refuses("tenant-a", "INSERT INTO board (client_key, name) VALUES ('tenant-b', 'x')");
    refuses("tenant-a", "UPDATE board SET client_key = 'tenant-b'");
    refuses("tenant-a", comment(note));
    refuses("tenant-a", "UPDATE comment SET note_id = " + note);
    refuses("tenant-a", "INSERT INTO note_label VALUES (" + note + ", 'red')");
    assertThat(write("UPDATE note SET title = 'x' WHERE client_key = 'tenant-b'")).isZero();
    assertThat(write("DELETE FROM attachment WHERE note_id = " + note)).isZero();

    assertThat(write("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'x')")).isOne();
    assertThat(write(comment(own))).isOne();
    assertThat(write("UPDATE comment SET body = 'x' WHERE note_id = " + own)).isGreaterThan(1);
    assertThat(write("DELETE FROM comment")).isEqualTo(41);
    assertThat(SampleApp.rows(realms.us, "comment", NEIGHBOUR)).hasSize(40);
  }

  @Test
  void theSqlMayBeRunAgain() {
    String state =
        "SELECT p::text FROM pg_policies AS p WHERE schemaname = 'public' UNION ALL"
            + " SELECT relname || relrowsecurity || relforcerowsecurity FROM pg_class"
            + " WHERE relnamespace = 'public'::regnamespace ORDER BY 1";
    List<String> before = realms.us.list(state);
    secure();
    List<String> once = realms.us.list(state);
    secure();
    assertThat(realms.us.list(state)).isEqualTo(once).isNotEqualTo(before);

    realms.us.execute(realms.migrator().policies(US, true).script());
    assertThat(realms.us.list(state)).isNotEqualTo(once).hasSameSizeAs(once);
    secure();
    assertThat(realms.us.list(state)).isEqualTo(once);
  }

  @Test
  void reachesTenantsOverSeveralHopsCompositeKeysAndAnyOfSeveralParents() throws SQLException {
    realms.us.execute(
        """
        CREATE TABLE "p0" (a int, "B b" text, client_key char(20) NOT NULL, boss int,
          PRIMARY KEY (a, "B b"), UNIQUE (a), FOREIGN KEY (boss) REFERENCES p0 (a));
        CREATE TABLE "line ""1"" x" (id int PRIMARY KEY, a int NOT NULL, "B b" text NOT NULL,
          before int REFERENCES "line ""1"" x", FOREIGN KEY (a, "B b") REFERENCES p0);
        CREATE TABLE part (id int PRIMARY KEY, line int NOT NULL REFERENCES "line ""1"" x");
        CREATE TABLE tag (id int PRIMARY KEY, part int REFERENCES part, a int, b text,
          up int REFERENCES tag, FOREIGN KEY (a, b) REFERENCES p0);
        CREATE TABLE flag (id int PRIMARY KEY, tag int REFERENCES tag);
        INSERT INTO p0 VALUES (1, 'x', 'tenant-a', 1), (2, 'x', 'tenant-b', 1);
        INSERT INTO "line ""1"" x" VALUES (1, 1, 'x', 2), (2, 2, 'x', 1);
        INSERT INTO part VALUES (1, 1), (2, 2);
        INSERT INTO tag VALUES (1, 1, NULL, NULL, 4), (2, NULL, 1, 'x', 1), (3, 2, NULL, NULL, 1),
          (4, NULL, 2, 'x', 3), (5, NULL, NULL, NULL, 1);
        INSERT INTO flag VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, NULL);
        """);
    app = Roles.application(realms.us);
    secure();

    assertThat(seen("tenant-a", "SELECT a FROM p0")).containsExactly("1");
    assertThat(seen("tenant-b", "SELECT id FROM \"line \"\"1\"\" x\"")).containsExactly("2");
    assertThat(seen("tenant-a", "SELECT id FROM part")).containsExactly("1");
    assertThat(seen("tenant-a", "SELECT id FROM tag ORDER BY 1")).containsExactly("1", "2");
    assertThat(seen("tenant-b", "SELECT id FROM flag ORDER BY 1")).containsExactly("3", "4");
    assertThat(seen(null, "SELECT id FROM flag")).isEmpty();
    assertThat(write("INSERT INTO tag VALUES (6, 1, 1, 'x', 6)")).isOne();
    assertThat(write("INSERT INTO tag VALUES (7, 1, 9, NULL, 6)")).isOne();
    assertThat(write("INSERT INTO flag VALUES (7, 6)")).isOne();
    refuses("tenant-a", "INSERT INTO tag VALUES (8, 1, 2, 'x', 1)");
    refuses("tenant-a", "INSERT INTO tag VALUES (8)");
    refuses("tenant-a", "INSERT INTO flag VALUES (8, 3)");
    refuses("tenant-a", "INSERT INTO part VALUES (3, 2)");
    refuses("tenant-a", "INSERT INTO flag VALUES (8, NULL)");
  }

  @Test
  void aKeyIsComparedInTheTypeOfItsColumn() throws SQLException {
    realms.us.execute(
        """
        CREATE TABLE short (id int PRIMARY KEY, client_key varchar(8) NOT NULL);
        CREATE TABLE fixed (id int PRIMARY KEY, client_key char(8) NOT NULL);
        CREATE TABLE number (id int PRIMARY KEY, client_key bigint NOT NULL);
        CREATE TABLE random (id int PRIMARY KEY, client_key uuid NOT NULL);
        INSERT INTO short VALUES (1, 'tenant-a');
        INSERT INTO fixed VALUES (1, 'tenant-a'), (2, '7');
        INSERT INTO number VALUES (1, 7), (2, 8);
        INSERT INTO random VALUES (1, '00000000-0000-0000-0000-000000000007');
        """);
    app = Roles.application(realms.us);
    secure();

    assertThat(seen("tenant-a", "SELECT id FROM short")).containsExactly("1");
    assertThat(seen("tenant-a-and-more", "SELECT id FROM short")).isEmpty();
    assertThat(seen("tenant-a-and-more", "SELECT id FROM fixed")).isEmpty();
    assertThat(seen("7", "SELECT id FROM fixed")).containsExactly("2");
    assertThat(seen("7", "SELECT id FROM number")).containsExactly("1");
    assertThat(seen("", "SELECT id FROM number")).isEmpty();
    assertThat(seen("00000000-0000-0000-0000-000000000007", "SELECT id FROM random"))
        .containsExactly("1");
  }

  @Test
  void aPartitionIsNoWayPastThePolicy() throws SQLException {
    realms.us.execute(
        """
        CREATE TABLE event (id int, note_id bigint NOT NULL REFERENCES note, PRIMARY KEY (id))
          PARTITION BY RANGE (id);
        CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (id);
        CREATE TABLE event_11 PARTITION OF event_1 FOR VALUES FROM (0) TO (9);
        INSERT INTO event SELECT 1, min(id) FROM note WHERE client_key = 'tenant-a';
        INSERT INTO event SELECT 2, min(id) FROM note WHERE client_key = 'tenant-b';
        """);
    app = Roles.application(realms.us);
    secure();
    for (String table : List.of("event", "event_1", "event_11")) {
      assertThat(seen("tenant-b", "SELECT id FROM " + table)).containsExactly("2");
      assertThat(seen(null, "SELECT id FROM " + table)).isEmpty();
    }
  }

  @Test
  void saysWhatLeadsPastThePolicies() {
    realms.us.execute(
        """
        CREATE POLICY mine ON note USING (true);
        CREATE POLICY narrow ON note AS RESTRICTIVE USING (true);
        CREATE POLICY domicile_tenant ON label USING (true);
        CREATE VIEW notes AS SELECT * FROM note;
        CREATE MATERIALIZED VIEW kept AS SELECT * FROM note;
        """);
    assertThat(realms.migrator().policies(US, false).findings())
        .allMatch(finding -> finding.severity() == Finding.Severity.WARNING)
        .extracting(finding -> finding.code() + " " + finding.subject())
        .containsExactlyInAnyOrder(
            "other-policy public.note",
            "stale-policy public.label",
            "view-past-policy public.notes",
            "view-past-policy public.kept");
    assertThat(realms.migrator().policies(US, true).findings())
        .extracting(Finding::subject)
        .doesNotContain("public.notes");
  }

  @Test
  void refusesTablesOfWhichNobodyKnowsWhoseTheyAre() {
    realms.us.execute("CREATE TABLE stray (id int PRIMARY KEY)");
    assertThatThrownBy(() -> realms.migrator().policies(US, false))
        .isInstanceOf(MigrationException.Refused.class)
        .hasMessageContaining("public.stray");
  }

  @Test
  void aTenantMovesWithAllItsRowsAndTheFenceHolds() throws SQLException {
    secure();
    realms.eu.execute(realms.migrator().policies(EU, false).script());
    List<String> before = rows(realms.us, TENANT.clientKey());
    String own = realms.us.list("SELECT min(id) FROM note WHERE client_key = 'tenant-a'").get(0);

    assertThat(realms.migrator().assess(TENANT, EU).findings()).isEmpty();
    realms.committed();

    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(before);
    assertThatThrownBy(() -> write(comment(own))).satisfies(RowSecurityIT::isFenced);
    assertThat(
            Roles.seen(
                Roles.application(realms.eu), "tenant-a", "SELECT t::text FROM note_label AS t"))
        .containsExactlyInAnyOrderElementsOf(
            SampleApp.rows(realms.eu, "note_label", TENANT.clientKey()));
    new Migrator(realms.config().withRetention(Duration.ZERO), "test")
        .purge(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
  }

  /** A session that names the tenant gets an error there, and not an old row or none at all. */
  @Test
  void afterTheCommitTheOldRealmRefusesTheTenantsReadsToo() throws SQLException {
    secure();
    List<String> before = seen("tenant-a", "SELECT t::text FROM comment AS t ORDER BY 1");
    realms.copied();
    assertThat(seen("tenant-a", "SELECT t::text FROM comment AS t ORDER BY 1")).isEqualTo(before);
    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    for (String table : SampleApp.TABLES) {
      assertThatThrownBy(() -> seen("tenant-a", "SELECT count(*) FROM " + table))
          .as(table)
          .satisfies(RowSecurityIT::isFenced);
      assertThat(seen(NEIGHBOUR, "SELECT t::text FROM " + table + " AS t ORDER BY 1"))
          .isEqualTo(SampleApp.rows(realms.us, table, NEIGHBOUR));
    }
    assertThat(seen(null, "SELECT t::text FROM note AS t")).isEmpty();

    realms.migrator().rollback(TENANT, Progress.Listener.NONE);
    assertThat(seen("tenant-a", "SELECT t::text FROM comment AS t ORDER BY 1")).isEqualTo(before);
    assertThat(realms.us.list("SELECT polname FROM pg_policy WHERE polname LIKE 'domicile_fence%'"))
        .isEmpty();
  }

  @Test
  void aRoleThatPoliciesBindIsRefusedBeforeAnythingIsCopied() {
    realms.us.execute("ALTER TABLE board ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
    realms.eu.execute(realms.migrator().policies(EU, true).script());
    realms.eu.execute("ALTER TABLE label ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");

    Assessment assessment = realms.migrator().assess(TENANT, EU);

    assertThat(assessment.findings())
        .filteredOn(finding -> finding.code().equals("row-security"))
        .hasSize(8)
        .allSatisfy(
            finding -> {
              assertThat(finding.severity()).isEqualTo(Finding.Severity.ERROR);
              assertThat(finding.cure()).contains("NO FORCE ROW LEVEL SECURITY", "BYPASSRLS");
            })
        .anyMatch(finding -> finding.problem().contains("realms.US.user"))
        .anyMatch(finding -> finding.subject().equals("public.label"));
    realms.schedule();
    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.Refused.class);
    assertThat(rows(TestDatabases.server().asSuperuser(realms.eu), TENANT.clientKey())).isEmpty();
  }

  @Test
  void aRoleThatBypassesPoliciesMovesTheTenantUnderForce() {
    List<String> before = rows(realms.us, TENANT.clientKey());
    realms.us.execute(realms.migrator().policies(US, true).script());
    realms.eu.execute(realms.migrator().policies(EU, true).script());
    Migrator migrator =
        new Migrator(
            new MigratorConfig(
                TwoRealms.config(realms.control),
                Map.of(
                    US, TwoRealms.config(Roles.unbound(realms.us)),
                    EU, TwoRealms.config(Roles.unbound(realms.eu))),
                realms.config().tables()),
            "test");

    realms.schedule();
    migrator.start(TENANT, Progress.Listener.NONE);
    migrator.commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(TestDatabases.server().asSuperuser(realms.eu), TENANT.clientKey()))
        .isEqualTo(before);
  }

  @Test
  void policiesThatComeInTheMiddleAreAnErrorAndNeverALoss() {
    List<String> before = rows(realms.us, TENANT.clientKey());
    realms.copied();
    realms.us.execute(realms.migrator().policies(US, true).script());

    assertThatThrownBy(() -> realms.migrator().commit(TENANT, Progress.Listener.NONE))
        .hasMessageContaining("have changed");
    assertThatThrownBy(() -> realms.migrator().verify(TENANT, 10, Progress.Listener.NONE))
        .hasMessageContaining("row-level security");

    realms.us.execute(realms.migrator().policies(US, false).script());
    realms.migrator().commit(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(before);
  }

  private void secure() {
    realms.us.execute(realms.migrator().policies(US, false).script());
  }

  private List<String> seen(@Nullable String tenant, String sql) throws SQLException {
    return Roles.seen(app, tenant, sql);
  }

  private int write(String sql) throws SQLException {
    return Roles.write(app, TENANT.clientKey(), sql);
  }

  private void refuses(@Nullable String tenant, String sql) {
    assertThatThrownBy(() -> Roles.write(app, tenant, sql))
        .hasMessageContaining("violates row-level security policy");
  }

  private static void isFenced(Throwable error) {
    assertThat(error)
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> assertThat(e.getSQLState()).isEqualTo(TenantFrozenException.FENCED));
  }

  private static String comment(String note) {
    return "INSERT INTO comment (note_id, author, body, created_at) VALUES ("
        + note
        + ", gen_random_uuid(), 'x', now())";
  }
}
