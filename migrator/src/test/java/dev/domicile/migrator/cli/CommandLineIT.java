package dev.domicile.migrator.cli;

import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.TwoRealms;
import dev.domicile.migrator.cli.CommandLineFixture.Outcome;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class CommandLineIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;
  private TwoRealms realms;
  private CommandLineFixture cli;

  @BeforeEach
  void fill() throws IOException {
    realms = TwoRealms.withSampleApp(databases, 60);
    cli = new CommandLineFixture(folder, realms);
  }

  @Test
  void movesATenantInOneGo() {
    List<String> before = rows(realms.us, "tenant-a");

    Outcome outcome = cli.run("move", "tenant-a", "--to", "EU");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains("public.comment", "COMMITTED", "copy and verify", "cutover", "MB/s");
    assertThat(rows(realms.eu, "tenant-a")).isEqualTo(before);
    assertThat(cli.run("routes").out()).containsPattern("tenant-a +EU");
  }

  @Test
  void realmsGetDisjointIds() {
    realms.us.execute("ALTER TABLE board ALTER id SET INCREMENT BY 1");
    Outcome before = cli.run("stride", "--every", "4", "--dry-run");
    assertThat(before.code()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(before.out()).contains("the same ids for [public.board.id]");

    Outcome after = cli.run("stride", "--every", "4");

    assertThat(after.code()).isZero();
    assertThat(after.out()).containsPattern("public.board.id +EU +\\d+ +4");
    assertThat(cli.run("stride").code()).isZero();
  }

  @Test
  void aMoveThatWasStoppedGoesOn() {
    List<String> before = rows(realms.us, "tenant-a");
    // In both realms, so that the look before the move finds no difference.
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute("ALTER TABLE note_label ADD CONSTRAINT trap CHECK (false) NOT VALID");
    }
    assertThat(cli.run("move", "tenant-a", "--to", "EU").code())
        .isEqualTo(ExitCode.INTERRUPTED.number());
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute("ALTER TABLE note_label DROP CONSTRAINT trap");
    }

    assertThat(cli.run("move", "tenant-a", "--to", "EU").code()).isZero();

    assertThat(rows(realms.eu, "tenant-a")).isEqualTo(before);
  }

  @Test
  void movesATenantStepByStepAndAnswersInJson() throws IOException {
    assertThat(json("init").at("/scripts/control").asInt()).isZero();
    assertThat(json("plan", "tenant-a", "--to", "EU").at("/plan/tables")).hasSize(6);
    assertThat(json("schedule", "tenant-a", "--to", "EU").at("/state").asText())
        .isEqualTo("SCHEDULED");
    assertThat(json("start", "tenant-a").at("/migration/state").asText())
        .isEqualTo("READY_TO_COMMIT");
    JsonNode verification = json("verify", "tenant-a");
    assertThat(verification.at("/clean").asBoolean()).isTrue();
    assertThat(verification.at("/copies/equal").asBoolean()).isTrue();
    assertThat(json("commit", "tenant-a").at("/state").asText()).isEqualTo("COMMITTED");
    assertThat(json("status").at("/0/target").at("/name").asText()).isEqualTo("EU");
    assertThat(json("purge", "tenant-a", "--retention", "PT0S").at("/state").asText())
        .isEqualTo("PURGED");
    assertThat(json("status", "tenant-a").at("/phases")).isNotEmpty();
    assertThat(json("certificate", "tenant-a").at("/moves/0/oldCopy/purgedAt").asText())
        .isNotEmpty();
    assertThat(json("routes")).hasSize(3);
  }

  @Test
  void aMoveThatWasStoppedAfterItsLastStepIsDone() {
    assertThat(cli.run("move", "tenant-a", "--to", "EU").code()).isZero();

    Outcome again = cli.run("move", "tenant-a", "--to", "EU");

    assertThat(again.errors()).isEmpty();
    assertThat(again.code()).isZero();
    assertThat(again.out()).contains("COMMITTED");
    assertThat(realms.control.number("SELECT count(*) FROM domicile.migration")).isOne();
  }

  @Test
  void answersErrorsInJsonToo() throws IOException {
    Outcome outcome = cli.run("move", "nobody", "--to", "EU", "--json");

    JsonNode answer = new JsonMapper().readTree(outcome.out());
    assertThat(answer.at("/exitCode").asInt()).isEqualTo(outcome.code()).isEqualTo(4);
    assertThat(answer.at("/error").asText()).contains("nobody");
    assertThat(outcome.errors()).hasSize(1);
  }

  @Test
  void rollsBack() {
    List<String> resident = rows(realms.eu, "tenant-c");
    cli.run("schedule", "tenant-a", "--to", "EU");
    cli.run("start", "tenant-a");
    assertThat(rows(realms.eu, "tenant-a")).isNotEmpty();

    Outcome outcome = cli.run("rollback", "tenant-a");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("No row of it is left in EU");
    assertThat(rows(realms.eu, "tenant-a")).isEmpty();
    assertThat(rows(realms.eu, "tenant-c")).isEqualTo(resident);
  }

  @Test
  void dryRunsChangeNothing() {
    List<String> us = rows(realms.us, "tenant-a");
    assertThat(cli.run("move", "tenant-a", "--to", "EU", "--dry-run").code()).isZero();
    assertThat(cli.run("schedule", "tenant-a", "--to", "EU", "--dry-run").code()).isZero();
    assertThat(cli.run("routes", "add", "new", "EU", "--dry-run").code()).isZero();
    assertThat(cli.run("routes", "remove", "tenant-a", "--dry-run").code()).isZero();
    assertThat(cli.run("init", "--dry-run").code()).isZero();
    assertThat(realms.control.number("SELECT count(*) FROM domicile.migration")).isZero();
    assertThat(realms.control.number("SELECT count(*) FROM domicile.route")).isEqualTo(3);

    cli.run("schedule", "tenant-a", "--to", "EU");
    assertThat(cli.run("start", "tenant-a", "--dry-run").code()).isZero();
    assertThat(rows(realms.eu, "tenant-a")).isEmpty();
    cli.run("start", "tenant-a");
    assertThat(cli.run("commit", "tenant-a", "--dry-run").code()).isZero();
    assertThat(cli.run("rollback", "tenant-a", "--dry-run").code()).isZero();
    assertThat(cli.run("status", "tenant-a").out()).contains("READY_TO_COMMIT");
    assertThat(rows(realms.eu, "tenant-a")).isEqualTo(us);
    cli.run("commit", "tenant-a");
    assertThat(cli.run("purge", "tenant-a", "--retention", "PT0S", "--dry-run").code()).isZero();
    assertThat(rows(realms.us, "tenant-a")).isEqualTo(us);
  }

  @Test
  void printsPoliciesThatCanBeRunAsTheyAre() throws IOException {
    Outcome outcome = cli.run("policies", "--realm", "EU");

    assertThat(outcome.code()).isZero();
    assertThat(realms.eu.number("SELECT count(*) FROM pg_policies")).isZero();
    realms.eu.execute(outcome.out());
    assertThat(realms.eu.list("SELECT tablename::text FROM pg_policies ORDER BY 1"))
        .containsExactly("atlassian_host", "attachment", "board", "comment", "note", "note_label");

    JsonNode answer = json("policies", "--realm", "EU", "--force");
    assertThat(answer.at("/tables")).hasSize(6);
    assertThat(answer.at("/shared/0").asText()).isEqualTo("public.label");
    assertThat(answer.at("/forced").asBoolean()).isTrue();
    assertThat(answer.at("/sql").asText()).contains("\"note\" FORCE ROW LEVEL SECURITY");
    assertThat(cli.run("policies", "--help").out())
        .contains("must not own the tables", "BYPASSRLS", "Examples");
  }

  @Test
  void helpNamesTheVerbsTheExitCodesAndExamples() {
    StringWriter out = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(out, true), "--help");
    assertThat(code).isZero();
    assertThat(out.toString())
        .contains("init", "plan", "schedule", "start", "status", "commit", "rollback", "verify")
        .contains("purge", "routes", "move", "policies", "Exit codes", "Examples");
  }

  private JsonNode json(String... verb) throws IOException {
    String[] arguments = Arrays.copyOf(verb, verb.length + 1);
    arguments[verb.length] = "--json";
    Outcome outcome = cli.run(arguments);
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.code()).isZero();
    return new JsonMapper().readTree(outcome.out());
  }
}
