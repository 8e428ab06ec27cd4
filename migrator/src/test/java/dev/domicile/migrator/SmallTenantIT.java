package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a small tenant's move reads depends on the tenant, not on the rows of others, where the
 * indexes are there that the plan asks for.
 */
final class SmallTenantIT {
  private static final int PAGES_OF_OTHERS =
      Boolean.getBoolean("domicile.test.soak") ? 2_500_000 : 30_000;
  private static final int PAGES = 50;
  private static final List<String> TABLES = List.of("site", "page", "remark", "vote", "picture");
  private static final long ROWS = 1 + 4 * PAGES;

  // Each verb looks at a row several times: before it copies, for each chunk, and after.
  private static final long READ_AT_MOST = 20 * ROWS;

  // Keys are added to rows that are there, which is faster.
  private static final String SCHEMA =
      """
      CREATE TABLE site AS SELECT 'other-' || i AS client_key FROM generate_series(0, 19) AS i;
      CREATE TABLE page AS SELECT i AS id, 'other-' || i %% 20 AS client_key, 'title' AS title
        FROM generate_series(%1$d, 2 * %2$d, 2) AS i;
      CREATE TABLE remark AS SELECT id, id AS page_id, nullif(id - 2, %1$d - 2) AS answers FROM page;
      CREATE TABLE vote AS SELECT id AS remark_id, 1 AS voter FROM remark;
      CREATE TABLE picture AS SELECT gen_random_uuid() AS id, remark_id, voter FROM vote;
      ALTER TABLE site ADD PRIMARY KEY (client_key);
      ALTER TABLE page ADD PRIMARY KEY (id), ALTER client_key SET NOT NULL,
        ADD FOREIGN KEY (client_key) REFERENCES site;
      ALTER TABLE remark ADD PRIMARY KEY (id), ALTER page_id SET NOT NULL,
        ADD FOREIGN KEY (page_id) REFERENCES page, ADD FOREIGN KEY (answers) REFERENCES remark;
      ALTER TABLE vote ADD PRIMARY KEY (remark_id, voter), ADD FOREIGN KEY (remark_id) REFERENCES remark;
      ALTER TABLE picture ADD PRIMARY KEY (id), ALTER remark_id SET NOT NULL, ALTER voter SET NOT NULL,
        ADD FOREIGN KEY (remark_id, voter) REFERENCES vote;
      """;
  private static final String INDEXES =
      """
      CREATE INDEX ON page (client_key, id); CREATE INDEX ON remark (page_id);
      CREATE INDEX ON remark (answers); CREATE INDEX ON picture (remark_id, voter);
      """;
  private static final String TENANT_ROWS =
      """
      INSERT INTO site VALUES ('tenant-a');
      INSERT INTO page SELECT -i, 'tenant-a', 'title' FROM generate_series(1, %d) AS i;
      INSERT INTO remark SELECT id, id, nullif(id, -1) + 1 FROM page WHERE id < 0 ORDER BY id DESC;
      INSERT INTO vote SELECT id, 1 FROM remark WHERE id < 0;
      INSERT INTO picture SELECT gen_random_uuid(), remark_id, voter FROM vote WHERE remark_id < 0;
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void doesNotReadTheRowsOfOthers() throws Exception {
    TwoRealms realms = realms(INDEXES);
    Migrator migrator =
        new Migrator(
            realms.smallChunks().withTables(TableRules.DEFAULT).withRetention(Duration.ZERO),
            "test");
    migrator.init(false);
    migrator.routes().add(TENANT, US);
    assertThat(migrator.assess(TENANT, EU).findings()).isEmpty();
    List<String> before = rows(realms.us);
    assertThat(before).hasSize((int) ROWS);

    bounded(realms, "a start", () -> start(migrator));
    bounded(realms, "a rollback", () -> migrator.rollback(TENANT, Progress.Listener.NONE));
    assertThat(rows(realms.eu)).isEmpty();
    start(migrator);
    bounded(realms, "verify", () -> migrator.verify(TENANT, 10, Progress.Listener.NONE));
    bounded(realms, "a commit", () -> migrator.commit(TENANT, Progress.Listener.NONE));
    assertThat(rows(realms.eu)).isEqualTo(before);
    bounded(realms, "a purge", () -> migrator.purge(TENANT, Progress.Listener.NONE));
    assertThat(rows(realms.us)).isEmpty();
  }

  @Test
  void saysWhichIndexesAreMissing() {
    TwoRealms realms = realms("");
    realms.migrator().init(false);
    realms.migrator().routes().add(TENANT, US);

    List<String> found =
        realms.migrator().assess(TENANT, EU).findings().stream()
            .filter(finding -> finding.code().equals("no-index"))
            .peek(finding -> realms.us.execute(plain(finding.cure())))
            .map(finding -> finding.subject() + ": " + finding.cure())
            .toList();

    assertThat(found)
        .hasSize(8)
        .containsOnly(
            "public.page (client_key): CREATE INDEX CONCURRENTLY ON \"public\".\"page\""
                + " (\"client_key\", \"id\")",
            "public.remark (page_id): CREATE INDEX CONCURRENTLY ON \"public\".\"remark\""
                + " (\"page_id\")",
            "public.remark (answers): CREATE INDEX CONCURRENTLY ON \"public\".\"remark\""
                + " (\"answers\")",
            "public.picture (remark_id, voter): CREATE INDEX CONCURRENTLY ON \"public\".\"picture\""
                + " (\"remark_id\", \"voter\")");
    // One cure for each realm; those of the source have been followed twice.
    assertThat(realms.migrator().assess(TENANT, EU).findings())
        .filteredOn(finding -> finding.code().equals("no-index"))
        .hasSize(4)
        .allMatch(finding -> finding.problem().contains(" in EU "));
  }

  /** What costs little stops no move; what may cost minutes wants consent. */
  @Test
  void warnsOfAMissingIndexWhereItMatters() {
    TwoRealms realms = new TwoRealms(databases);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          """
          CREATE TABLE small (id int PRIMARY KEY, client_key text NOT NULL, v text);
          CREATE TABLE large (id int PRIMARY KEY, client_key text NOT NULL, v text);
          CREATE TABLE part (id int PRIMARY KEY, large int NOT NULL REFERENCES large,
            small int REFERENCES small, v text);
          ALTER TABLE small ALTER v SET STORAGE PLAIN;
          ALTER TABLE large ALTER v SET STORAGE PLAIN;
          ALTER TABLE part ALTER v SET STORAGE PLAIN;
          """);
    }
    // A page for each row.
    realms.us.execute(
        """
        INSERT INTO small SELECT i, 'tenant-a', repeat('x', 8000) FROM generate_series(1, 200) AS i;
        INSERT INTO large SELECT i, 'tenant-a', repeat('x', 8000) FROM generate_series(1, 2100) AS i;
        INSERT INTO part SELECT id, id, id, v FROM small;
        ANALYZE;
        """);
    realms.migrator().init(false);
    realms.migrator().routes().add(TENANT, US);

    assertThat(missing(realms))
        .containsExactlyInAnyOrder(
            "NOTE public.small (client_key)",
            "WARNING public.large (client_key)",
            "NOTE public.part (large)",
            "NOTE public.part (small)");

    // As if the table had many more rows.
    TestDatabases.server()
        .asSuperuser(realms.us)
        .execute("UPDATE pg_class SET reltuples = 1e7 WHERE oid = 'large'::regclass");
    assertThat(missing(realms)).contains("WARNING public.part (large)", "NOTE public.part (small)");
  }

  private static List<String> missing(TwoRealms realms) {
    return realms.migrator().assess(TENANT, EU).findings().stream()
        .filter(finding -> finding.code().equals("no-index"))
        .map(finding -> finding.severity() + " " + finding.subject())
        .toList();
  }

  @Test
  void saysThatTheServerKnowsNothingOfATable() {
    TwoRealms realms = realms(INDEXES);
    realms.migrator().init(false);
    realms.migrator().routes().add(TENANT, US);
    TestDatabases.server()
        .asSuperuser(realms.us)
        .execute("DELETE FROM pg_statistic WHERE starelid = 'remark'::regclass");

    assertThat(realms.migrator().assess(TENANT, EU).findings())
        .filteredOn(finding -> finding.severity() != Finding.Severity.ERROR)
        .extracting(finding -> finding.severity() + " " + finding.code() + " " + finding.cure())
        .containsExactly("NOTE no-statistics ANALYZE \"public\".\"remark\"");
  }

  private TwoRealms realms(String indexes) {
    TwoRealms realms = new TwoRealms(databases);
    realms.us.execute(SCHEMA.formatted(1, PAGES_OF_OTHERS) + indexes);
    realms.eu.execute(SCHEMA.formatted(2, PAGES_OF_OTHERS) + indexes);
    realms.us.execute(TENANT_ROWS.formatted(PAGES));
    // As a server does by itself before long.
    Stream.of(realms.us, realms.eu).forEach(database -> database.execute("ANALYZE"));
    return realms;
  }

  /** Inside a transaction there is no CONCURRENTLY. */
  private static String plain(String cure) {
    return cure.replace("CONCURRENTLY ", "");
  }

  private static void start(Migrator migrator) {
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, Progress.Listener.NONE);
  }

  private static void bounded(TwoRealms realms, String verb, Runnable work)
      throws InterruptedException {
    long source = read(realms.us);
    long target = read(realms.eu);
    work.run();
    assertThat(read(realms.us) - source)
        .as("read at the source by %s", verb)
        .isLessThan(READ_AT_MOST);
    assertThat(read(realms.eu) - target)
        .as("read at the target by %s", verb)
        .isLessThan(READ_AT_MOST);
  }

  /** By all sessions since the database was made; each tells before it is gone. */
  private static long read(Database database) throws InterruptedException {
    while (database.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND backend_type = 'client backend' AND pid <> pg_backend_pid()")
        > 0) {
      Thread.sleep(5);
    }
    return database.number(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables"
            + " WHERE schemaname = 'public'");
  }

  private static List<String> rows(Database database) {
    return TABLES.stream()
        .flatMap(
            table ->
                database
                    .list(
                        "SELECT '%1$s ' || t::text FROM %1$s AS t WHERE %2$s ORDER BY 1"
                            .formatted(
                                table,
                                switch (table) {
                                  case "site", "page" -> "client_key = 'tenant-a'";
                                  case "remark" -> "page_id < 0";
                                  default -> "remark_id < 0";
                                }))
                    .stream())
        .toList();
  }
}
