package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.Finding.Severity;
import dev.domicile.migrator.cli.CommandLineFixture;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tenants whose ids are taken in the other realm move with other ids, and all that refers follows.
 */
final class OffsetIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;
  private static final Map<String, IdPolicy> ALL = Map.of("*", IdPolicy.OFFSET);

  /** What a tenant does while it lives in a realm. */
  private static final String LIFE =
      """
      INSERT INTO board (client_key, name) VALUES (:tenant, 'late');
      INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
      SELECT :tenant, id, 'late', 'open', '{}', 1, now() FROM board WHERE name = 'late' AND client_key = :tenant;
      INSERT INTO comment (note_id, author, body, created_at)
      SELECT id, gen_random_uuid(), 'late', now() FROM note WHERE title = 'late' AND client_key = :tenant;
      UPDATE note SET body = NULL, status = 'done' WHERE client_key = :tenant AND id % 7 = 0;
      UPDATE comment SET parent_id = NULL WHERE id % 3 = 0 AND note_id IN (SELECT id FROM note WHERE client_key = :tenant);
      UPDATE note_label SET label = 'grey' WHERE note_id IN (SELECT id FROM note WHERE client_key = :tenant AND id % 5 = 0)
        AND label = 'red';
      DELETE FROM note_label WHERE note_id IN (SELECT min(id) FROM note WHERE client_key = :tenant);
      DELETE FROM attachment WHERE note_id IN (SELECT min(id) FROM note WHERE client_key = :tenant);
      DELETE FROM note WHERE id IN (SELECT min(id) FROM note WHERE client_key = :tenant);
      """;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void movesATenantWhoseIdsAreTaken(boolean superuser) {
    TwoRealms realms = MovedIds.realms(databases, 40);
    Migrator migrator = migrator(realms, superuser, ALL);
    assertThat(migrator(realms, superuser, Map.of()).assess(TENANT, EU).findings())
        .extracting(Finding::code)
        .contains("id-collision");
    assertThat(migrator.assess(TENANT, EU).allowed()).isTrue();
    assertThat(migrator.assess(TENANT, EU).findings())
        .filteredOn(finding -> finding.code().equals("offset-room"))
        .extracting(finding -> finding.subject() + " " + finding.problem())
        .contains(
            "public.note.id is moved by an offset into a block with room for 1,000,000,000 new ids,"
                + " all that US hands out from the start to the switch");
    List<String> neighbour = rows(realms.us, NEIGHBOUR);

    start(migrator);
    MovedIds offsets = MovedIds.between(realms.us, realms.eu);
    assertThat(offsets.note()).isPositive();
    assertThat(MovedIds.rows(realms.eu, MovedIds.NONE))
        .isEqualTo(MovedIds.rows(realms.us, offsets));
    // Life goes on at both ends.
    realms.us.execute(LIFE.replace(":tenant", "'tenant-a'"));
    realms.eu.execute(LIFE.replace(":tenant", "'tenant-c'"));
    List<String> resident = rows(realms.eu, RESIDENT);
    List<String> now = MovedIds.rows(realms.us, offsets);
    migrator.commit(TENANT, NONE);

    assertThat(MovedIds.rows(realms.eu, MovedIds.NONE)).isEqualTo(now);
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    Verification found = migrator.verify(TENANT, 10, NONE);
    assertThat(found.clean()).isTrue();
    assertThat(found.copies()).isNotNull();
    // Ids that are handed out from now on are nobody's.
    realms.eu.execute(LIFE.replace(":tenant", "'tenant-a'").replace("'late'", "'later'"));
    migrator.purge(TENANT, NONE);
    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    // And home again, by another offset.
    List<String> home = names(realms.eu);
    migrator.schedule(TENANT, US, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, NONE);
    migrator.commit(TENANT, NONE);
    assertThat(names(realms.us)).isEqualTo(home);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void takesTheOffsetBackWhenACommitIsTakenBack(boolean superuser) {
    TwoRealms realms = MovedIds.realms(databases, 30);
    Migrator migrator = migrator(realms, superuser, ALL);
    List<String> neighbour = rows(realms.us, NEIGHBOUR);
    start(migrator);
    migrator.commit(TENANT, NONE);
    MovedIds offsets = MovedIds.between(realms.us, realms.eu);
    realms.eu.execute(LIFE.replace(":tenant", "'tenant-a'"));
    // Of a table that was emptied any row may have changed.
    TestDatabases.server()
        .asSuperuser(realms.eu)
        .execute(
            "TRUNCATE attachment; INSERT INTO note_label SELECT min(id), 'blue' FROM note WHERE client_key = 'tenant-a' ON CONFLICT DO NOTHING");
    List<String> now = MovedIds.rows(realms.eu, offsets.negated());
    List<String> resident = rows(realms.eu, RESIDENT);

    assertThat(migrator.rollback(TENANT, NONE).state()).isEqualTo(MigrationState.ROLLED_BACK);

    assertThat(MovedIds.rows(realms.us, MovedIds.NONE)).isEqualTo(now);
    assertThat(rows(realms.us, NEIGHBOUR)).isEqualTo(neighbour);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
    realms.us.execute(LIFE.replace(":tenant", "'tenant-a'").replace("'late'", "'later'"));
  }

  @Test
  void goesOnWithTheSameOffsetAfterAKill() throws Exception {
    TwoRealms realms = MovedIds.realms(databases, 400);
    CommandLineFixture cli = new CommandLineFixture(folder, yaml(realms, "{'*': offset}"));
    assertThat(cli.run("schedule", TENANT.clientKey(), "--to", "EU").code()).isZero();
    Process process = cli.start("start", TENANT.clientKey());
    while (process.isAlive()
        && realms.eu.number("SELECT count(*) FROM domicile.copy_checkpoint") < 5) {
      Thread.sleep(5);
    }
    process.destroyForcibly().waitFor();
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.copy_checkpoint"))
        .isLessThan(realms.eu.number("SELECT count(*) FROM domicile.copy_chunk"));
    String plan = "SELECT plan::text FROM domicile.migration";
    List<String> kept = realms.control.list(plan);
    long reserved = realms.eu.number("SELECT last_value FROM note_id_seq");

    assertThat(cli.run("start", TENANT.clientKey()).errors()).isEmpty();
    assertThat(cli.run("commit", TENANT.clientKey()).errors()).isEmpty();

    assertThat(realms.control.list(plan)).isEqualTo(kept);
    assertThat(realms.eu.number("SELECT last_value FROM note_id_seq")).isEqualTo(reserved);
    MovedIds offsets = MovedIds.between(realms.us, realms.eu);
    assertThat(MovedIds.rows(realms.eu, MovedIds.NONE))
        .isEqualTo(MovedIds.rows(realms.us, offsets));
    assertThat(kept.get(0)).contains("\"offset\": " + offsets.note());
  }

  @Test
  void namesRowsThatDifferByTheIdsThatTheyHaveAtTheTarget() {
    TwoRealms realms = MovedIds.realms(databases, 40);
    Migrator migrator = migrator(realms, false, ALL);
    start(migrator);
    long there = realms.eu.number("SELECT min(id) FROM note WHERE client_key = 'tenant-a'");
    TestDatabases.server()
        .asSuperuser(realms.eu)
        .execute(
            "ALTER TABLE note DISABLE TRIGGER ALL; UPDATE note SET title = 'x' WHERE id = "
                + there);

    CopyComparison copies = Objects.requireNonNull(migrator.verify(TENANT, 10, NONE).copies());

    assertThat(copies.differences())
        .extracting(RowDifference::toString)
        .singleElement()
        .asString()
        .contains(String.valueOf(there));
  }

  @Test
  void saysWhyIdsCannotBeMoved() {
    TwoRealms realms = MovedIds.realms(databases, 5);
    assertThat(errors(realms, Map.of("attachment.id", IdPolicy.OFFSET)))
        .contains(
            "id-offset public.attachment.id cannot be moved by an offset, since"
                + " public.attachment.id is of type uuid, not smallint, integer or bigint");
    assertThat(
            errors(
                realms, Map.of("note.id", IdPolicy.OFFSET, "comment.note_id", IdPolicy.PRESERVE)))
        .contains(
            "id-offset public.note.id cannot be moved by an offset, since its ids are those of"
                + " public.comment.note_id, which tables.ids preserves");
    assertThat(errors(realms, Map.of("note.nix", IdPolicy.OFFSET)))
        .contains("unknown-column note.nix is named in tables.ids but is no column that moves");
    assertThat(errors(realms, Map.of("note_label.label", IdPolicy.OFFSET)))
        .contains(
            "id-offset public.note_label.label cannot be moved by an offset, since public.label.name"
                + " belongs to rows that do not move");
    assertThat(errors(realms, Map.of("board.client_key", IdPolicy.OFFSET)))
        .contains(
            "id-offset public.board.client_key cannot be moved by an offset, since"
                + " public.atlassian_host.client_key says whose the row is");
  }

  @Test
  void movesOnlyTheIdsThatItIsToldTo() {
    TwoRealms realms = MovedIds.realms(databases, 20);
    realms.us.execute("ALTER TABLE comment ALTER id RESTART WITH 50000");
    Map<String, IdPolicy> some = Map.of("*", IdPolicy.OFFSET, "comment.id", IdPolicy.PRESERVE);
    assertThat(errors(realms, some)).anyMatch(e -> e.startsWith("id-collision public.comment"));
    realms.eu.execute("DELETE FROM comment; ALTER TABLE comment ALTER id RESTART WITH 70000");
    Migrator migrator = migrator(realms, false, some);

    start(migrator);

    MovedIds offsets = MovedIds.between(realms.us, realms.eu);
    assertThat(offsets.comment()).isZero();
    assertThat(offsets.board()).isPositive();
    assertThat(MovedIds.rows(realms.eu, MovedIds.NONE))
        .isEqualTo(MovedIds.rows(realms.us, offsets));
  }

  @Test
  void showsInThePlanWhichIdsAreMoved() throws IOException {
    TwoRealms realms = MovedIds.realms(databases, 5);
    CommandLineFixture cli = new CommandLineFixture(folder, yaml(realms, "{note.id: offset}"));
    CommandLineFixture.Outcome plan = cli.run("plan", TENANT.clientKey(), "--to", "EU");
    assertThat(plan.out()).contains("MOVED IDS");
    assertThat(plan.out().lines().filter(line -> line.startsWith("public.comment ")))
        .singleElement()
        .asString()
        .contains(" note_id ");
    assertThat(cli.run("plan", TENANT.clientKey(), "--to", "EU", "--json").out())
        .contains("\"offset\":0");

    cli.write(yaml(realms, "{note.id: shift}"));
    assertThat(cli.run("plan", TENANT.clientKey(), "--to", "EU").errors())
        .singleElement()
        .asString()
        .contains("tables.ids.note.id is 'shift', expected preserve or offset");
  }

  private static Migrator migrator(
      TwoRealms realms, boolean superuser, Map<String, IdPolicy> policies) {
    MigratorConfig config = realms.smallChunks().withRetention(Duration.ZERO);
    return new Migrator(
        realms.by(superuser, config).withTables(config.tables().withIds(policies)), "test");
  }

  private static void start(Migrator migrator) {
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(TENANT, NONE);
  }

  private static String yaml(TwoRealms realms, String ids) {
    return CommandLineFixture.yaml(realms.control, realms.us, realms.eu)
        .replace("  shared: [label]", "  shared: [label]\n  ids: " + ids);
  }

  private static List<String> errors(TwoRealms realms, Map<String, IdPolicy> policies) {
    return migrator(realms, false, policies).assess(TENANT, EU).findings().stream()
        .filter(finding -> finding.severity() == Severity.ERROR)
        .map(finding -> finding.code() + " " + finding.subject() + " " + finding.problem())
        .toList();
  }

  /** The tenant's rows of the sample app without their ids. */
  private static List<String> names(Database database) {
    return MovedIds.rows(database, MovedIds.between(database, database)).stream()
        .map(row -> row.replaceAll("^(\\w+ \\((?:[0-9a-f-]{36},)?)(\\d*,)*", "$1"))
        .sorted()
        .toList();
  }
}
