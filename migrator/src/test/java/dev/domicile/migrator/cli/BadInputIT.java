package dev.domicile.migrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.TwoRealms;
import dev.domicile.migrator.cli.CommandLineFixture.Outcome;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Each mistake gets one line that names the thing and the cure, and nothing is changed. */
final class BadInputIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;
  private TwoRealms realms;
  private CommandLineFixture cli;

  @BeforeEach
  void fill() throws IOException {
    realms = TwoRealms.withSampleApp(databases, 20);
    cli = new CommandLineFixture(folder, realms);
  }

  @Test
  void unknownTenant() {
    refuses(
        ExitCode.REFUSED,
        List.of("tenant 'nobody' is unknown", "routes add nobody"),
        "move",
        "nobody",
        "--to",
        "EU");
  }

  @Test
  void tenantThatCannotBe() {
    refuses(ExitCode.REFUSED, List.of("clientKey", "correct it"), "move", " ", "--to", "EU");
  }

  @Test
  void unknownRealm() {
    refuses(
        ExitCode.REFUSED,
        List.of("realm AU is not configured", "realms.AU", "[EU, US]"),
        "move",
        "tenant-a",
        "--to",
        "AU");
  }

  @Test
  void targetEqualToSource() {
    refuses(
        ExitCode.REFUSED,
        List.of("tenant 'tenant-a' already lives in US", "choose another realm"),
        "move",
        "tenant-a",
        "--to",
        "US");
  }

  @Test
  void tenantWithoutAMigration() {
    refuses(
        ExitCode.REFUSED, List.of("'tenant-a' has no migration", "schedule"), "start", "tenant-a");
  }

  @Test
  void verbThatDoesNotFitTheState() {
    assertThat(cli.run("schedule", "tenant-a", "--to", "EU").code()).isZero();
    refuses(
        ExitCode.WRONG_STATE,
        List.of("is SCHEDULED and cannot become COMMITTING", "status"),
        "commit",
        "tenant-a");
    refuses(
        ExitCode.WRONG_STATE,
        List.of("'tenant-a' has a migration that is not over", "roll it back"),
        "schedule",
        "tenant-a",
        "--to",
        "EU");
  }

  @Test
  void tableWithNoPathToATenant() {
    realms.us.execute("CREATE TABLE stray (id int PRIMARY KEY)");
    refusesToMove("public.stray", "no foreign key to a table that belongs", "tables.shared");
  }

  @Test
  void policiesOfARealmThatCannotBe() {
    refuses(ExitCode.REFUSED, List.of("realm AU is not configured"), "policies", "--realm", "AU");
    refuses(ExitCode.USAGE, List.of("--realm", "policies --help"), "policies");
    realms.eu.execute("CREATE TABLE stray (id int PRIMARY KEY)");
    refuses(
        ExitCode.REFUSED, List.of("public.stray", "tables.shared"), "policies", "--realm", "EU");
  }

  @Test
  void tableThatIsMissingInTheTarget() {
    realms.eu.execute("DROP TABLE note_label");
    refusesToMove("public.note_label", "is missing in EU", "same schema version");
  }

  @Test
  void columnThatIsMissingInTheTarget() {
    realms.eu.execute("ALTER TABLE note DROP COLUMN due");
    refusesToMove("public.note.due", "is missing in EU", "same schema version");
  }

  @Test
  void columnOfAnotherType() {
    realms.eu.execute("ALTER TABLE comment ALTER body TYPE varchar(400)");
    refusesToMove(
        "public.comment.body",
        "text at the source and character varying(400) in EU",
        "same schema version");
  }

  @Test
  void columnThatTheTargetRequires() {
    realms.eu.execute("ALTER TABLE board ADD owner text NOT NULL DEFAULT 'x'");
    realms.eu.execute("ALTER TABLE board ALTER owner DROP DEFAULT");
    refusesToMove("public.board.owner", "required in EU", "same schema version");
  }

  @Test
  void idsThatAreTaken() {
    realms.eu.execute(
        """
        INSERT INTO board (id, client_key, name) VALUES (1, 'tenant-c', 'in the way');
        INSERT INTO note (id, client_key, board_id, title, status, tags, position, created_at)
        OVERRIDING SYSTEM VALUE SELECT n, 'tenant-c', 1, 'in the way', 'open', '{}', 1, now()
        FROM generate_series(1, 9, 2) AS n
        """);
    refusesToMove("public.board (board_pkey): 1 of", "such as 1", "disjoint keys");
    refusesToMove("public.note (note_pkey): 5 of", "such as 1, 3, 5", "disjoint keys");
  }

  @Test
  void rowsOfTheTenantThatAreThereAlready() {
    realms.eu.execute(
        "INSERT INTO atlassian_host (client_key, base_url, created_date)"
            + " VALUES ('tenant-a', 'x', now())");
    refusesToMove("public.atlassian_host", "already holds rows of tenant 'tenant-a'", "purge");
  }

  @Test
  void sharedRowsThatAreMissing() {
    realms.eu.execute("DELETE FROM note_label; DELETE FROM label WHERE name = 'red'");
    refusesToMove("public.note_label (label)", "1 rows of public.label", "load them there first");
  }

  @Test
  void unreachableDatabase() throws IOException {
    Database nowhere =
        new Database("eu", "jdbc:postgresql://localhost:1/eu", realms.eu.user(), "pw-in-file");
    cli.write(CommandLineFixture.yaml(realms.control, realms.us, nowhere));
    Outcome outcome =
        refuses(
            ExitCode.UNAVAILABLE,
            List.of("realms.EU", "localhost:1/eu", "does not answer", "check realms.EU.url"),
            "move",
            "tenant-a",
            "--to",
            "EU");
    assertThat(outcome.errors().get(0)).doesNotContain("pw-in-file");
  }

  @Test
  void databaseThatIsNotThere() throws IOException {
    Database missing =
        new Database(
            "eu",
            realms.eu.url().replace(realms.eu.name(), "no_such_database"),
            realms.eu.user(),
            realms.eu.password());
    cli.write(CommandLineFixture.yaml(realms.control, realms.us, missing));
    refuses(
        ExitCode.UNAVAILABLE,
        List.of("realms.EU", "no_such_database", "is not there", "create it"),
        "move",
        "tenant-a",
        "--to",
        "EU");
  }

  @Test
  void wrongPassword() throws IOException {
    Database locked = realms.control.as(realms.control.user(), "wrong-password");
    cli.write(CommandLineFixture.yaml(locked, realms.us, realms.eu));
    Outcome outcome =
        refuses(
            ExitCode.UNAVAILABLE,
            List.of("database control", "refuses user 'app'", "control.user and .password"),
            "routes");
    assertThat(outcome.errors().get(0)).doesNotContain("wrong-password");
  }

  @Test
  void databasesWithoutDomicilesTables() throws IOException {
    Database empty = databases.create("empty");
    cli.write(CommandLineFixture.yaml(empty, realms.us, realms.eu));
    refuses(ExitCode.REFUSED, List.of("database control", "run init first"), "routes");
  }

  @Test
  void malformedConfiguration() throws IOException {
    String good = CommandLineFixture.yaml(realms.control, realms.us, realms.eu);
    misconfigured("control: [unclosed", "is not valid YAML at line");
    misconfigured("", "expected the keys control and realms");
    misconfigured("realms: {}", "control is missing");
    misconfigured(good.replace("chunkRows: 50", "chunkRows: many"), "copy.chunkRows is 'many'");
    misconfigured(
        good.replace("chunkRows: 50", "chunkRows: 0"), "copy: chunkRows is 0, expected 1");
    misconfigured(good.replace("chunkRows: 50", "chunkSize: 1"), "copy.chunkSize is not a setting");
    misconfigured(good.replace("  US:", "  us:"), "realms is 'us', expected a realm's name");
    misconfigured(good.replace("jdbc:postgresql", "jdbc:mysql"), "expected a URL that starts with");
    misconfigured(
        good.replace("    url: " + realms.us.url(), "    pool: {}"), "url: expected a URL");
    misconfigured(good.replace(realms.us.url(), "jdbc:postgresql://h:port/x"), "expected the form");
    misconfigured("realms: {US: }\ncontrol: {url: 'jdbc:postgresql:x'}", "realms.US is empty");
    misconfigured(good.replace("[label]", "[null]"), "tables holds an empty value");
    misconfigured(good + "retention: P1D\nretention: P2D\n", "is not valid YAML");
    misconfigured(good + "retention: soon\n", "retention is 'soon', expected a duration");
    misconfigured(
        good + "cutover: {capture: wal}\n",
        "cutover.capture is 'wal', expected triggers, logical or auto");
    misconfigured(good.replace("user: app", "user: ${NO_SUCH_VARIABLE}"), "is not set");
  }

  @Test
  void missingConfiguration() throws IOException {
    Files.delete(cli.config());
    Outcome outcome = cli.run("routes");
    assertThat(outcome.code()).isEqualTo(ExitCode.CONFIGURATION.number());
    assertThat(outcome.errors()).hasSize(1);
    assertThat(outcome.errors().get(0)).contains("domicile.yaml: is not there", "--config");
  }

  @Test
  void commandLineThatIsNone() {
    refuses(ExitCode.USAGE, List.of("--to", "see domicile move --help"), "move", "tenant-a");
    refuses(ExitCode.USAGE, List.of("fly", "see domicile --help"), "fly", "tenant-a");
    refuses(
        ExitCode.REFUSED, List.of("--retention is PT-5S"), "purge", "x", "--retention", "PT-5S");
    refuses(
        ExitCode.REFUSED,
        List.of("more than a year ahead"),
        "schedule",
        "tenant-a",
        "--to",
        "EU",
        "--from",
        "+999999999-12-31T00:00:00Z");
  }

  private void misconfigured(String yaml, String expected) throws IOException {
    cli.write(yaml);
    Outcome outcome = cli.run("move", "tenant-a", "--to", "EU");
    assertThat(outcome.errors()).hasSize(1);
    assertThat(outcome.errors().get(0))
        .contains("domicile.yaml")
        .contains(expected)
        .doesNotContain("app-password");
    assertThat(outcome.code()).isEqualTo(ExitCode.CONFIGURATION.number());
  }

  private void refusesToMove(String... expected) {
    refuses(ExitCode.REFUSED, List.of(expected), "move", "tenant-a", "--to", "EU");
    Outcome planned = cli.run("plan", "tenant-a", "--to", "EU");
    assertThat(planned.code()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(planned.out()).contains(expected).contains("Nothing was changed");
  }

  private Outcome refuses(ExitCode code, List<String> expected, String... verb) {
    List<String> before = everything();
    Outcome outcome = cli.run(verb);
    assertThat(outcome.errors()).as("lines on standard error").hasSize(1);
    assertThat(outcome.errors().get(0)).startsWith("domicile: ").contains(expected);
    assertThat(outcome.code()).isEqualTo(code.number());
    assertThat(everything()).as("nothing changed").isEqualTo(before);
    return outcome;
  }

  private List<String> everything() {
    List<String> all = new ArrayList<>();
    all.addAll(realms.control.list("SELECT r::text FROM domicile.route AS r ORDER BY 1"));
    all.addAll(realms.control.list("SELECT m::text FROM domicile.migration AS m ORDER BY 1"));
    for (Database realm : List.of(realms.us, realms.eu)) {
      all.addAll(realm.list("SELECT c::text FROM domicile.copy AS c"));
      for (String table : SampleApp.TABLES) {
        if (realm.number("SELECT count(*) FROM pg_tables WHERE tablename = '" + table + "'") > 0) {
          all.addAll(realm.list("SELECT t::text FROM " + table + " AS t ORDER BY 1"));
        }
      }
    }
    return all;
  }
}
