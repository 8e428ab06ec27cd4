package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A row leaves its parent before that is deleted. At the other end it hangs from the parent still:
 * if the parent went first there, foreign keys that cascade would take along what nobody has noted.
 */
final class CascadeIT {
  private static final String TABLES =
      """
      CREATE TABLE folder (id int PRIMARY KEY, client_key text NOT NULL);
      CREATE TABLE paper (id int PRIMARY KEY,
                          folder_id int NOT NULL REFERENCES folder ON DELETE CASCADE);
      CREATE TABLE remark (id int PRIMARY KEY,
                           paper_id int NOT NULL REFERENCES paper ON DELETE CASCADE);
      CREATE TABLE reply (id int PRIMARY KEY,
                          remark_id int NOT NULL REFERENCES remark ON DELETE CASCADE);
      CREATE INDEX ON paper (folder_id);
      CREATE INDEX ON remark (paper_id);
      CREATE INDEX ON reply (remark_id);
      """;
  private static final String ROWS =
      """
      INSERT INTO folder VALUES (1, 'tenant-a'), (2, 'tenant-a'), (3, 'tenant-b');
      INSERT INTO paper VALUES (1, 1), (2, 2), (3, 3);
      INSERT INTO remark VALUES (1, 1), (2, 2);
      INSERT INTO reply VALUES (1, 1), (2, 1), (3, 2)
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private Migrator migrator;

  @BeforeEach
  void copy() {
    realms = new TwoRealms(databases);
    realms.us.execute(TABLES + ROWS);
    realms.eu.execute(TABLES);
    migrator =
        new Migrator(
            new MigratorConfig(
                TwoRealms.config(realms.control),
                Map.of(US, TwoRealms.config(realms.us), EU, TwoRealms.config(realms.eu)),
                new TableRules(List.of("public"), "client_key", Map.of(), List.of())),
            "test");
    migrator.init(false);
    migrator.routes().add(TENANT, US);
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, Progress.Listener.NONE);
  }

  @Test
  void whatHasLeftADeletedRowStays() {
    realms.us.execute(
        "UPDATE paper SET folder_id = 2 WHERE id = 1; DELETE FROM folder WHERE id = 1");

    migrator.commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu))
        .containsExactly("2 1 1 1", "2 1 1 2", "2 2 2 3")
        .isEqualTo(rows(realms.us));
  }

  /** After a folder has changed hands, all rows below folders are looked at. */
  @Test
  void whatHasLeftADeletedRowStaysWhereWholeTablesAreCompared() {
    realms.us.execute(
        "UPDATE folder SET client_key = 'tenant-a' WHERE id = 3;"
            + "UPDATE remark SET paper_id = 2 WHERE id = 1; DELETE FROM paper WHERE id = 1");

    migrator.commit(TENANT, Progress.Listener.NONE);

    assertThat(rows(realms.eu))
        .containsExactly("2 2 1 1", "2 2 1 2", "2 2 2 3")
        .isEqualTo(rows(realms.us));
    assertThat(realms.eu.list("SELECT id::text FROM paper ORDER BY 1")).containsExactly("2", "3");
  }

  private static List<String> rows(Database realm) {
    return realm.list(
        """
        SELECT concat_ws(' ', f.id, p.id, r.id, y.id) FROM folder AS f
        JOIN paper AS p ON p.folder_id = f.id JOIN remark AS r ON r.paper_id = p.id
        JOIN reply AS y ON y.remark_id = r.id ORDER BY 1
        """);
  }
}
