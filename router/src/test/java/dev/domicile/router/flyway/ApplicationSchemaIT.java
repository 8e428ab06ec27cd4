package dev.domicile.router.flyway;

import static dev.domicile.router.flyway.SchemaReport.State.BEHIND;
import static dev.domicile.router.flyway.SchemaReport.State.FAILED;
import static dev.domicile.router.flyway.SchemaReport.State.LEVEL;
import static dev.domicile.router.flyway.SchemaReport.State.UNREACHABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The application's schema over three realms, some of which are in trouble. */
final class ApplicationSchemaIT {
  private static final Realm AU = new Realm("AU");
  private static final Realm EU = new Realm("EU");
  private static final Realm US = new Realm("US");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path scripts;
  private final Map<Realm, DatabaseConfig> realms = new LinkedHashMap<>();
  private Database au;
  private Database eu;
  private Database us;

  @BeforeEach
  void create() throws IOException {
    au = databases.create("au");
    eu = databases.create("eu");
    us = databases.create("us");
    realms.put(US, config(us));
    realms.put(EU, config(eu));
    realms.put(AU, config(au));
    script("V1__notes.sql", "CREATE TABLE note (id int PRIMARY KEY, title text)");
    script("R__titles.sql", "CREATE OR REPLACE VIEW titles AS SELECT title FROM note");
  }

  @Test
  void bringsAllRealmsToTheSameVersion() throws IOException {
    assertThat(schema().migrate().realms())
        .extracting(SchemaReport.Entry::realm, SchemaReport.Entry::before, e -> e.after())
        .containsExactly(tuple(AU, null, "1"), tuple(EU, null, "1"), tuple(US, null, "1"));
    script("V2__due.sql", "ALTER TABLE note ADD due date");

    assertThat(schema().status().realms()).allMatch(entry -> entry.state() == BEHIND);
    SchemaReport report = new ApplicationSchema(realms, 1, this::configure).migrate();

    assertThat(report.isLevel()).isTrue();
    assertThat(report.realms())
        .extracting(SchemaReport.Entry::before, SchemaReport.Entry::after)
        .containsOnly(tuple("1", "2"));
    assertThat(us.number("SELECT count(due) FROM note")).isZero();
  }

  @Test
  void aRealmInTroubleIsNamedAndTheOthersAreMigrated() throws IOException {
    schema().migrate();
    us.execute("INSERT INTO note VALUES (1, 'secret title')");
    script(
        "V2__numbers.sql", "ALTER TABLE note ADD number int; UPDATE note SET number = title::int");
    realms.put(AU, unreachable());

    SchemaReport report = schema().migrate();

    assertThat(report.realms())
        .extracting(SchemaReport.Entry::realm, SchemaReport.Entry::after, e -> e.state())
        .containsExactly(
            tuple(AU, null, UNREACHABLE), tuple(EU, "2", LEVEL), tuple(US, "1", FAILED));
    assertThat(report.laggards()).extracting(SchemaReport.Entry::realm).containsExactly(AU, US);
    assertThat(report.toString())
        .contains("V2__numbers.sql failed (SQLSTATE 22P02)", "does not answer")
        .doesNotContain("secret");

    us.execute("DELETE FROM note");
    realms.put(AU, config(au));
    SchemaReport again = schema().migrate();
    assertThat(again.isLevel()).isTrue();
    assertThat(again.realms())
        .extracting(SchemaReport.Entry::realm, SchemaReport.Entry::before, e -> e.after())
        .containsExactly(tuple(AU, "1", "2"), tuple(EU, "2", "2"), tuple(US, "1", "2"));
  }

  @Test
  void aScriptThatFailedHalfwayIsNamedUntilItIsRepaired() throws IOException {
    schema().migrate();
    us.execute("INSERT INTO note VALUES (1, 'a'), (2, 'a')");
    script("V2__unique.sql.conf", "executeInTransaction=false");
    script(
        "V2__unique.sql",
        "CREATE TABLE half (id int); ALTER TABLE note ADD CONSTRAINT one UNIQUE (title)");

    assertThat(schema().migrate().laggards())
        .extracting(SchemaReport.Entry::realm, SchemaReport.Entry::state)
        .containsExactly(tuple(US, FAILED));
    // What Flyway leaves where its lock is the session's and not a transaction's.
    us.execute(
        """
        INSERT INTO flyway_schema_history SELECT max(installed_rank) + 1, '2', 'unique', 'SQL',
          'V2__unique.sql', 0, 'app', now(), 1, false FROM flyway_schema_history
        """);
    SchemaReport.Entry left = schema().status().laggards().get(0);
    assertThat(left.after()).isEqualTo("1");
    assertThat(left.problem()).contains("V2__unique.sql has failed", "repair");
    assertThat(schema().migrate().laggards()).hasSize(1);

    us.execute("DELETE FROM note; DROP TABLE half");
    us.execute("DELETE FROM flyway_schema_history WHERE NOT success");
    assertThat(schema().migrate().isLevel()).isTrue();
  }

  @Test
  void statusNamesARealmAtAnotherVersionAndChangesNothing() throws IOException {
    assertThat(schema().status().realms())
        .allMatch(entry -> entry.state() == BEHIND && entry.after() == null);
    assertThat(us.list("SELECT relname FROM pg_class WHERE relname LIKE 'flyway%'")).isEmpty();
    Realm[] ahead = {US, EU};
    script("V2__due.sql", "ALTER TABLE note ADD due date");
    for (Realm realm : ahead) {
      new ApplicationSchema(
              Map.of(realm, realm.equals(US) ? config(us) : config(eu)), this::configure)
          .migrate();
    }
    Files.delete(scripts.resolve("V2__due.sql"));
    new ApplicationSchema(Map.of(AU, config(au)), this::configure).migrate();

    SchemaReport report = schema().status();

    assertThat(report.laggards())
        .singleElement()
        .satisfies(e -> assertThat(e.realm()).isEqualTo(AU));
    assertThat(report.laggards().get(0).state()).isEqualTo(BEHIND);
    assertThat(report.laggards().get(0).problem()).contains("version 2");
  }

  @Test
  void aScriptThatWasChangedAfterwardsIsNamed() throws IOException {
    schema().migrate();
    script("V1__notes.sql", "CREATE TABLE note (id int PRIMARY KEY, title varchar(9))");
    script("R__titles.sql", "CREATE OR REPLACE VIEW titles AS SELECT title, 1 AS one FROM note");
    assertThat(schema().status().realms())
        .allMatch(entry -> entry.state() == FAILED)
        .allSatisfy(entry -> assertThat(entry.problem()).contains("version 1 (CHECKSUM_MISMATCH)"));
    assertThat(schema().migrate().realms())
        .allSatisfy(entry -> assertThat(entry.problem()).contains("version 1 (CHECKSUM_MISMATCH)"));
    script("V1__notes.sql", "CREATE TABLE note (id int PRIMARY KEY, title text)");
    assertThat(schema().status().realms())
        .allSatisfy(entry -> assertThat(entry.problem()).isEqualTo("1 scripts to apply; migrate"));
    assertThat(schema().migrate().isLevel()).isTrue();
  }

  @Test
  void aWrongPasswordIsSaidWithoutIt() {
    realms.put(EU, new DatabaseConfig(eu.url() + "?sslpassword=hidden", eu.user(), "hidden"));
    SchemaReport.Entry entry = schema().migrate().laggards().get(0);
    assertThat(entry.realm()).isEqualTo(EU);
    assertThat(entry.toString()).contains("refuses user 'app'").doesNotContain("hidden");
  }

  @Test
  void refusesToWorkOnNoRealmAtATime() {
    assertThatThrownBy(() -> new ApplicationSchema(realms, 0, this::configure))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected 1 or more");
    assertThat(new ApplicationSchema(Map.of(), this::configure).migrate().isLevel()).isTrue();
  }

  private ApplicationSchema schema() {
    return new ApplicationSchema(realms, this::configure);
  }

  private void configure(FluentConfiguration flyway) {
    flyway.locations("filesystem:" + scripts);
  }

  private void script(String name, String sql) throws IOException {
    Files.writeString(scripts.resolve(name), sql);
  }

  private static DatabaseConfig config(Database database) {
    return new DatabaseConfig(database.url(), database.user(), database.password());
  }

  private static DatabaseConfig unreachable() {
    return new DatabaseConfig(
        "jdbc:postgresql://localhost:1/au",
        "app",
        "secret",
        new PoolConfig(1, Duration.ofSeconds(1)));
  }
}
