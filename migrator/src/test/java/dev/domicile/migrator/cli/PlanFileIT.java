package dev.domicile.migrator.cli;

import static dev.domicile.migrator.TwoRealms.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.domicile.migrator.TwoRealms;
import dev.domicile.migrator.cli.CommandLineFixture.Outcome;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Plans in files, and the consent to what a plan warns of. */
final class PlanFileIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  private TwoRealms realms;
  private CommandLineFixture cli;
  private Path file;

  @BeforeEach
  void fill() throws IOException {
    realms = TwoRealms.withSampleApp(databases, 30);
    cli = new CommandLineFixture(folder, realms);
    file = folder.resolve("plan.json");
    assertThat(plan("--save", file.toString()).code()).isZero();
  }

  @Test
  void aSavedPlanIsFollowedAsItIs() {
    assertThat(cli.run("move", "tenant-a", "--to", "EU", "--plan", file.toString()).code())
        .isZero();
    assertThat(SampleApp.count(realms.eu, "tenant-a"))
        .isEqualTo(SampleApp.count(realms.us, "tenant-a"));
  }

  @Test
  void anEditedPlanIsFollowedOnceItsWarningsAreAccepted() throws IOException {
    ObjectNode plan = read();
    leaveOut(plan, "public.attachment");
    table(plan, "public.note").put("binary", false);
    write(plan);

    Outcome refused = schedule();
    assertThat(refused.code()).isEqualTo(4);
    assertThat(refused.errors().get(0))
        .contains("public.attachment", "accept the warning left-out");
    assertThat(realms.control.number("SELECT count(*) FROM domicile.migration")).isZero();

    assertThat(schedule("--accept-warnings").errors()).isEmpty();
    assertThat(cli.run("start", "tenant-a").errors()).isEmpty();
    assertThat(cli.run("commit", "tenant-a").errors()).isEmpty();
    assertThat(SampleApp.rows(realms.eu, "note", "tenant-a"))
        .isEqualTo(SampleApp.rows(realms.us, "note", "tenant-a"))
        .isNotEmpty();
    assertThat(SampleApp.rows(realms.us, "attachment", "tenant-a")).isNotEmpty();
    assertThat(SampleApp.rows(realms.eu, "attachment", "tenant-a")).isEmpty();
  }

  @Test
  void aPlanThatCouldNotHaveBeenMadeIsRefusedWithEachDifference() throws IOException {
    ObjectNode plan = read();
    table(plan, "public.note").put("wave", 7);
    ((ArrayNode) table(plan, "public.board").get("columns")).remove(0);
    write(plan);

    Outcome outcome = schedule();

    assertThat(outcome.code()).isEqualTo(4);
    assertThat(outcome.errors().get(0))
        .contains("public.note wave was 7 and is", "public.board column id is new");
  }

  @Test
  void aTableThatIsTakenOutOfThePlanHasToBeLeftOutInSoManyWords() throws IOException {
    ObjectNode plan = read();
    remove(plan, "public.attachment");
    write(plan);

    assertThat(schedule("--accept-warnings").errors().get(0))
        .contains("public.attachment is new", "leftOut");
  }

  @Test
  void whatIsNoPlanIsRefused() throws IOException {
    Files.writeString(file, "{\"tables\": 5}");
    assertThat(schedule().errors().get(0)).contains("plan.json holds no plan");
    Files.delete(file);
    assertThat(schedule().errors().get(0)).contains("plan.json cannot be read");
  }

  @Test
  void aMigrationFollowsOnePlan() throws IOException {
    assertThat(cli.run("schedule", "tenant-a", "--to", "EU").code()).isZero();
    assertThat(cli.run("start", "tenant-a", "--plan", file.toString()).code()).isZero();
    ObjectNode plan = read();
    table(plan, "public.note").put("binary", false);
    write(plan);
    realms.migrator().rollback(TENANT, progress -> {});
    assertThat(schedule().code()).isZero();

    Files.delete(file);
    assertThat(plan("--save", file.toString()).code()).isZero();
    Outcome outcome = cli.run("start", "tenant-a", "--plan", file.toString());

    assertThat(outcome.code()).isEqualTo(7);
    assertThat(outcome.errors().get(0)).contains("public.note format was text and is binary");
  }

  @Test
  void aWarningStopsAMoveUntilItIsAccepted() throws IOException {
    realms.eu.execute("UPDATE label SET hex = '000000'");

    Outcome refused = cli.run("move", "tenant-a", "--to", "EU");
    assertThat(refused.code()).isEqualTo(4);
    assertThat(refused.errors().get(0)).contains("accept the warning different-reference");
    assertThat(plan().out()).contains("can move from US to EU, once the warnings are accepted");
    cli.run("schedule", "tenant-a", "--to", "EU");
    assertThat(cli.run("start", "tenant-a").code()).isEqualTo(4);
    assertThat(cli.run("start", "tenant-a", "--accept-warnings").code()).isZero();
    cli.run("rollback", "tenant-a");

    String yaml = Files.readString(cli.config());
    cli.write(
        yaml.replace(
            "  shared: [label]", "  shared: [label]\n  acceptedWarnings: [different-reference]"));
    assertThat(cli.run("move", "tenant-a", "--to", "EU").code()).isZero();
  }

  private Outcome plan(String... more) {
    return run(new String[] {"plan", "tenant-a", "--to", "EU"}, more);
  }

  private Outcome schedule(String... more) {
    return run(
        new String[] {"schedule", "tenant-a", "--to", "EU", "--plan", file.toString()}, more);
  }

  private Outcome run(String[] verb, String[] more) {
    String[] all = Arrays.copyOf(verb, verb.length + more.length);
    System.arraycopy(more, 0, all, verb.length, more.length);
    return cli.run(all);
  }

  private ObjectNode read() throws IOException {
    return (ObjectNode) JSON.readTree(Files.readString(file));
  }

  private void write(ObjectNode plan) throws IOException {
    Files.writeString(file, JSON.writeValueAsString(plan));
  }

  private static ObjectNode table(ObjectNode plan, String name) {
    for (var table : plan.get("tables")) {
      if (table.get("name").asText().equals(name)) {
        return (ObjectNode) table;
      }
    }
    throw new AssertionError(name);
  }

  private static void remove(ObjectNode plan, String name) {
    for (Iterator<?> tables = plan.get("tables").iterator(); tables.hasNext(); ) {
      if (((ObjectNode) tables.next()).get("name").asText().equals(name)) {
        tables.remove();
      }
    }
  }

  private static void leaveOut(ObjectNode plan, String name) {
    remove(plan, name);
    ((ArrayNode) plan.get("leftOut")).add(name);
  }
}
