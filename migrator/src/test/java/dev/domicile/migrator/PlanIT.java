package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.StatementProxy;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which rows are the tenant's, and what cannot be moved without a loss is refused. */
final class PlanIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;

  @BeforeEach
  void fill() {
    realms = TwoRealms.withSampleApp(databases, 5);
  }

  @Test
  void aRowIsTheTenantsByAnyOfSeveralReferencesThatMayBeNull() {
    inBothRealms(
        """
        CREATE TABLE mention (id int PRIMARY KEY, note_id bigint REFERENCES note,
          comment_id bigint REFERENCES comment)
        """);
    realms.us.execute(
        """
        INSERT INTO mention SELECT 1, min(id), NULL FROM note WHERE client_key = 'tenant-a';
        INSERT INTO mention SELECT 2, NULL, min(c.id) FROM comment c JOIN note n ON n.id = c.note_id
          WHERE client_key = 'tenant-a';
        INSERT INTO mention SELECT 3, min(id), NULL FROM note WHERE client_key = 'tenant-b';
        INSERT INTO mention VALUES (4, NULL, NULL)
        """);

    assertThat(assess().allowed()).isTrue();
    realms.committed();

    assertThat(realms.eu.list("SELECT id FROM mention ORDER BY id")).containsExactly("1", "2");
    assertThatThrownBy(
            () -> realms.us.execute("UPDATE mention SET note_id = NULL WHERE id IN (1, 2)"))
        .hasStackTraceContaining("takes no more writes");
    realms.us.execute("UPDATE mention SET note_id = NULL WHERE id = 3");
  }

  @Test
  void aRowOfSomebodyElseMustBeTheSameInTheTarget() {
    inBothRealms(
        """
        CREATE TABLE author (id int PRIMARY KEY, client_key text NOT NULL, name text NOT NULL);
        ALTER TABLE board ADD editor int REFERENCES author
        """);
    realms.us.execute(
        "INSERT INTO author VALUES (1, 'tenant-b', 'Bea');"
            + "UPDATE board SET editor = 1 WHERE client_key = 'tenant-a'");
    realms.eu.execute("INSERT INTO author VALUES (1, 'tenant-c', 'Cem')");
    refuses("different-reference", "public.board (editor)");

    realms.eu.execute("UPDATE author SET client_key = 'tenant-b', name = 'Bea'");
    assertThat(assess().allowed()).isTrue();
  }

  @Test
  void aSharedRowThatDiffersIsSaidSo() {
    realms.eu.execute("UPDATE label SET hex = '000000'");
    Assessment assessment = assess();
    assertThat(assessment.allowed()).isTrue();
    assertThat(assessment.findings())
        .anyMatch(f -> f.code().equals("different-reference") && f.problem().contains("label"));
  }

  @Test
  void refusesLargeObjects() {
    inBothRealms("CREATE TABLE file (id int PRIMARY KEY, client_key text, content oid)");
    refuses("large-object", "public.file.content");
  }

  @Test
  void refusesTenantsRowsInASchemaThatNobodyNamed() {
    inBothRealms(
        "CREATE SCHEMA extra; CREATE TABLE extra.log (id int PRIMARY KEY, client_key text)");
    refuses("other-schema", "extra.log");
    inBothRealms(
        "DROP TABLE extra.log;"
            + "CREATE TABLE extra.log (id int PRIMARY KEY, note bigint REFERENCES note)");
    refuses("other-schema", "extra.log");
  }

  @Test
  void refusesKeysThatAnExtensionCompares() {
    for (Database realm : List.of(realms.us, realms.eu)) {
      TestDatabases.server().asSuperuser(realm).execute("CREATE EXTENSION citext");
    }
    inBothRealms("CREATE TABLE loose (name citext PRIMARY KEY, client_key text)");
    refuses("key-type", "public.loose.name");
  }

  @Test
  void refusesPathsThatAnExtensionCompares() {
    for (Database realm : List.of(realms.us, realms.eu)) {
      TestDatabases.server().asSuperuser(realm).execute("CREATE EXTENSION citext");
    }
    inBothRealms(
        "CREATE TABLE room (id int PRIMARY KEY, client_key text, slug citext NOT NULL"
            + " UNIQUE);CREATE TABLE seat (id int PRIMARY KEY, room citext NOT NULL REFERENCES room"
            + " (slug))");
    refuses("path-type", "public.seat.room");
  }

  @Test
  void refusesASharedTableThatIsMissingInTheTarget() {
    realms.eu.execute("DROP TABLE label CASCADE");
    refuses("missing-table", "public.label");
  }

  @Test
  void theOrderOfNamesDoesNotDecideWhoseATableIs() {
    inBothRealms(
        """
        CREATE TABLE zed (id int PRIMARY KEY, note_id bigint REFERENCES note);
        CREATE TABLE aaa (id int PRIMARY KEY, note_id bigint REFERENCES note,
          zed_id int REFERENCES zed)
        """);
    assertThat(assess().allowed()).isTrue();
  }

  @Test
  void findsCollisionsByTheRulesOfTheColumnsType() {
    for (Database realm : List.of(realms.us, realms.eu)) {
      TestDatabases.server().asSuperuser(realm).execute("CREATE EXTENSION citext");
    }
    inBothRealms("CREATE TABLE slug (id int PRIMARY KEY, client_key text, name citext UNIQUE)");
    realms.us.execute("INSERT INTO slug VALUES (1, 'tenant-a', 'Home')");
    realms.eu.execute("INSERT INTO slug VALUES (2, 'tenant-c', 'home')");
    refuses("id-collision", "public.slug (slug_name_key)");
  }

  /** Where rows are many, several sessions look at a table each, and every finding counts. */
  @Test
  void findsWhatIsTakenInEachTableOfALargeTenant() {
    inBothRealms(
        """
        CREATE TABLE one (id int PRIMARY KEY, client_key text NOT NULL, body text);
        CREATE TABLE two (id int PRIMARY KEY, client_key text NOT NULL, body text);
        ALTER TABLE one ALTER body SET STORAGE EXTERNAL;
        """);
    realms.us.execute(
        """
        INSERT INTO one SELECT i, 'tenant-a', repeat('x', 20000) FROM generate_series(1, 1200) AS i;
        INSERT INTO two SELECT i, 'tenant-a', 'x' FROM generate_series(1, 100) AS i;
        ANALYZE one, two;
        """);
    realms.eu.execute(
        "INSERT INTO one VALUES (7, 'tenant-c', ''); INSERT INTO two VALUES (8, 'tenant-c', '')");

    Assessment found = assess();

    assertThat(found.findings().stream().filter(f -> f.code().equals("disk-room"))).hasSize(1);
    assertThat(found.findings().stream().filter(f -> f.code().equals("id-collision")))
        .extracting(Finding::subject)
        .containsExactly("public.one (one_pkey)", "public.two (two_pkey)");
  }

  @Test
  void saysWhichLargeTablesAreCopiedInOneTransaction() {
    assertThat(assess().findings()).noneMatch(f -> f.code().equals("large-transaction"));

    MigratorConfig config =
        realms.config().withCopy(new CopySettings(1000, /* chunkBytes= */ 100L, 1));
    assertThat(new Migrator(config, "test").assess(TENANT, EU).findings())
        .filteredOn(finding -> finding.code().equals("large-transaction"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.subject()).isEqualTo("public.comment");
              assertThat(finding.cure()).contains("GRANT SET ON PARAMETER");
            });
  }

  /** Where the realms' ids come from blocks that do not overlap, no key has to be sent. */
  @Test
  void sendsTheKeysThatOthersAtTheTargetAreNear() {
    inBothRealms("CREATE TABLE one (id int PRIMARY KEY, client_key text NOT NULL)");
    realms.us.execute("INSERT INTO one SELECT i, 'tenant-a' FROM generate_series(-100, 100) AS i");
    realms.eu.execute("INSERT INTO one VALUES (-101, 'tenant-c'), (101, 'tenant-c')");
    Queue<String> sent = new ConcurrentLinkedQueue<>();
    try (StatementProxy us =
        new StatementProxy(
            "us",
            realms.us,
            point -> {
              if (point.statement().contains("AS domicile_#")
                  && point.statement().contains("one")) {
                sent.add(point.statement());
              }
              return false;
            })) {
      MigratorConfig config =
          realms
              .config()
              .withRealms(
                  Map.of(US, TwoRealms.config(us.database()), EU, TwoRealms.config(realms.eu)));
      assertThat(new Migrator(config, "test").assess(TENANT, EU).allowed()).isTrue();
      assertThat(sent).isEmpty();

      for (int taken : new int[] {-100, 100}) {
        realms.eu.execute("INSERT INTO one VALUES (" + taken + ", 'tenant-c')");
        assertThat(new Migrator(config, "test").assess(TENANT, EU).findings())
            .filteredOn(finding -> finding.code().equals("id-collision"))
            .extracting(Finding::subject)
            .containsExactly("public.one (one_pkey)");
        realms.eu.execute("DELETE FROM one WHERE id = " + taken);
      }
      assertThat(sent).isNotEmpty();
    }
  }

  @Test
  void refusesDatabasesOfAnotherEncoding() throws SQLException {
    Database other = databases.create("latin");
    Database admin = TestDatabases.server().admin();
    try (Connection connection = admin.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP DATABASE \"" + other.name() + "\"");
      statement.execute(
          "CREATE DATABASE \"%s\" OWNER app TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
              .formatted(other.name()));
    }
    SampleApp.create(other, 2, 2);
    MigratorConfig config =
        realms
            .config()
            .withRealms(Map.of(US, TwoRealms.config(realms.us), EU, TwoRealms.config(other)));

    assertThat(new Migrator(config, "test").assess(TENANT, EU).findings())
        .filteredOn(finding -> finding.code().equals("encoding-differs"))
        .singleElement()
        .asString()
        .contains("realms.EU", "LATIN1", "UTF8");
  }

  @Test
  void refusesNamesWithADotAndInheritance() {
    inBothRealms("CREATE TABLE \"a.b\" (id int PRIMARY KEY, client_key text)");
    refuses("dotted-name", "public.a.b");
    inBothRealms("DROP TABLE \"a.b\"; CREATE TABLE child () INHERITS (atlassian_host)");
    refuses("inheritance", "public.child");
  }

  @Test
  void refusesACircleOfReferencesWithoutTheRightToDeferThem() {
    inBothRealms(
        """
        CREATE TABLE egg (id int PRIMARY KEY, client_key text, hen int NOT NULL);
        CREATE TABLE hen (id int PRIMARY KEY, client_key text, egg int NOT NULL REFERENCES egg);
        ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen
        """);
    refuses("foreign-key-cycle", "[public.egg, public.hen]");
  }

  @Test
  void awkwardNamesAndKeysMove() {
    inBothRealms(
        """
        CREATE TABLE "Ünï ""q"" %s" ("Kéy %d" text, client_key text, "a b" text,
          PRIMARY KEY (client_key, "Kéy %d"))
        """);
    realms.us.execute(
        """
        INSERT INTO "Ünï ""q"" %s" SELECT '$fence$ it''s \\ ' || i, 'tenant-a', chr(9) || i
        FROM generate_series(1, 300) AS i
        """);

    realms.committed();

    String all = "SELECT t::text FROM \"Ünï \"\"q\"\" %s\" AS t ORDER BY 1";
    assertThat(realms.eu.list(all)).isEqualTo(realms.us.list(all)).hasSize(300);
  }

  @Test
  void whatATriggerOfTheApplicationSaysIsNotRepeated() {
    realms.eu.execute(
        """
        CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'bad title %', NEW.title; END $$;
        CREATE TRIGGER loud BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION loud()
        """);
    realms.schedule();

    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .hasMessageContaining("P0001")
        .hasMessageNotContaining("Note 1");
    assertThat(realms.control.list("SELECT error FROM domicile.migration").get(0))
        .doesNotContain("Note 1");
  }

  private void inBothRealms(String sql) {
    realms.us.execute(sql);
    realms.eu.execute(sql);
  }

  private Assessment assess() {
    return realms.migrator().assess(TENANT, EU);
  }

  private void refuses(String code, String subject) {
    Assessment assessment = assess();
    assertThat(assessment.allowed()).isFalse();
    assertThat(assessment.findings())
        .filteredOn(finding -> finding.severity() == Finding.Severity.ERROR)
        .extracting(Finding::code, Finding::subject)
        .contains(tuple(code, subject));
  }
}
