package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.Realm;
import dev.domicile.router.flyway.ApplicationSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Realms whose application schemas Flyway has brought to different versions. */
final class SchemaVersionIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path scripts;
  private TwoRealms realms;

  @BeforeEach
  void fill() throws IOException {
    realms = TwoRealms.withSampleApp(databases, 5);
    script("V1__one.sql");
    script("R__again.sql");
  }

  @Test
  void aMoveIsRefusedUntilTheRealmThatLagsHasCaughtUp() throws IOException {
    migrate(US);
    migrate(EU);
    assertThat(assess().findings()).isEmpty();
    script("V1.9__two.sql");
    script("V1.10__three.sql");
    script("R__more.sql");
    migrate(US);

    assertThat(errors())
        .containsExactly(
            "schema-version realms.EU public.flyway_schema_history: lags behind US by"
                + " version 1.9, version 1.10, repeatable 'more';"
                + " migrate the application's schema in EU with Flyway");
    realms.schedule();
    assertThatThrownBy(() -> realms.migrator().start(TENANT, Progress.Listener.NONE))
        .isInstanceOf(MigrationException.Refused.class);

    migrate(EU);
    assertThat(assess().findings()).isEmpty();
    realms.migrator().start(TENANT, Progress.Listener.NONE);
    realms.migrator().commit(TENANT, Progress.Listener.NONE);
  }

  @Test
  void aRealmWithoutAHistoryIsNamed() throws IOException {
    migrate(EU);
    assertThat(errors())
        .singleElement()
        .asString()
        .startsWith("schema-version realms.US public.flyway_schema_history: is missing, and is");
  }

  @Test
  void aScriptThatFailedIsNamed() throws IOException {
    migrate(US);
    migrate(EU);
    realms.eu.execute("UPDATE flyway_schema_history SET success = false WHERE version = '1'");
    assertThat(errors())
        .anyMatch(
            e -> e.startsWith("schema-failed realms.EU") && e.contains("version 1 has failed"))
        .allMatch(e -> e.contains("realms.EU"));
  }

  @Test
  void scriptsThatWereNotTheSameAreNamed() throws IOException {
    migrate(US);
    Files.writeString(scripts.resolve("V1__one.sql"), "SELECT 'another'");
    Files.writeString(scripts.resolve("R__again.sql"), "SELECT 'another'");
    migrate(EU);
    assertThat(errors())
        .singleElement()
        .asString()
        .startsWith(
            "schema-version public.flyway_schema_history: has other checksums in US than in EU for"
                + " version 1, repeatable 'again'");
  }

  @Test
  void aBaselineStandsForTheVersionsBelowIt() throws IOException {
    script("V2__two.sql");
    script("V3__three.sql");
    migrate(US);
    realms.eu.execute(
        "CREATE TABLE flyway_schema_history AS SELECT * FROM (VALUES"
            + " (1, '3', '<< Flyway Baseline >>', 'BASELINE', NULL::int, true))"
            + " AS h (installed_rank, version, description, type, checksum, success)");
    assertThat(errors())
        .singleElement()
        .asString()
        .contains("realms.EU", "lags behind US by repeatable 'again'");
    realms.us.execute("DELETE FROM flyway_schema_history WHERE version IS NULL");
    assertThat(errors()).isEmpty();

    realms.us.execute("DELETE FROM flyway_schema_history WHERE version = '3'");
    assertThat(errors())
        .singleElement()
        .asString()
        .contains("realms.US", "lags behind EU by version 3;");
    realms.us.execute(
        "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
            + " installed_by, execution_time, success)"
            + " VALUES (9, '2', 'two', 'DELETE', 'V2', 'app', 0, true)");
    realms.eu.execute("UPDATE flyway_schema_history SET version = '2.0'");
    assertThat(errors()).singleElement().asString().contains("lags behind EU by version 2.0;");
  }

  @Test
  void theHistoryMayHaveAnotherName() throws IOException {
    migrate(US);
    realms.us.execute("ALTER TABLE flyway_schema_history RENAME TO versions");
    realms.eu.execute("CREATE TABLE versions (id int)");
    assertThat(errors()).anyMatch(e -> e.startsWith("no-tenant-path public.versions"));

    realms.eu.execute("DROP TABLE versions");
    MigratorConfig config =
        new MigratorConfig(
            realms.config().control(),
            realms.config().realms(),
            new TableRules(List.of("public"), "client_key", Map.of(), List.of("label"))
                .withFlywayTable("versions"));
    assertThat(new Migrator(config, "test").assess(TENANT, EU).findings())
        .singleElement()
        .asString()
        .contains("realms.EU public.versions");
  }

  private void script(String name) throws IOException {
    Files.writeString(scripts.resolve(name), "SELECT '" + name + "'");
  }

  private void migrate(Realm realm) {
    Database database = realm.equals(US) ? realms.us : realms.eu;
    assertThat(
            new ApplicationSchema(
                    Map.of(realm, TwoRealms.config(database)),
                    flyway ->
                        flyway
                            .locations("filesystem:" + scripts)
                            .baselineOnMigrate(true)
                            .baselineVersion("0"))
                .migrate()
                .laggards())
        .isEmpty();
  }

  private Assessment assess() {
    return realms.migrator().assess(TENANT, EU);
  }

  private List<String> errors() {
    return assess().findings().stream()
        .filter(finding -> finding.severity() == Finding.Severity.ERROR)
        .map(finding -> finding.code() + " " + finding)
        .toList();
  }
}
