package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.RowDifference.Kind;
import dev.domicile.migrator.cli.CommandLineFixture;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A verification finds what is not as it should be, wherever it is, and names no contents. */
final class VerifyIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;
  private static final int LIMIT = 20;
  private static final long DEADLINE_SECONDS = 20;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          public.note_label     | MISSING | DELETE FROM note_label WHERE note_id = :note
          public.board          | EXTRA   | INSERT INTO board (client_key, name) VALUES ('tenant-a', 'nobody copied')
          public.comment        | CHANGED | UPDATE comment SET body = 'x' WHERE id = (SELECT min(id) FROM comment WHERE note_id = :note)
          public.note           | CHANGED | UPDATE note SET body = NULL WHERE id = :note
          public.comment        | CHANGED | UPDATE comment SET parent_id = NULL WHERE id = (SELECT max(id) FROM comment WHERE note_id = :note)
          public.atlassian_host | CHANGED | UPDATE atlassian_host SET base_url = product_type, product_type = base_url WHERE client_key = 'tenant-a'
          public.note           | MISSING | UPDATE note SET client_key = 'tenant-c' WHERE id = :note
          public.note           | EXTRA   | UPDATE note SET client_key = 'tenant-a' WHERE id = (SELECT min(id) FROM note WHERE client_key = 'tenant-c')
          """)
  void catches(String table, Kind kind, String tampering) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 60);
    realms.copied();
    assertThat(verify(realms).clean()).isTrue();
    String note =
        realms
            .eu
            .list("SELECT max(id) FROM note WHERE client_key = 'tenant-a' AND body > ''")
            .get(0);

    pastTheGate(realms, tampering.replace(":note", note));

    Verification found = verify(realms);
    assertThat(found.clean()).isFalse();
    CopyComparison copies = copies(found);
    assertThat(copies.digest()).isNull();
    assertThat(copies.differences())
        .anySatisfy(
            row -> {
              assertThat(row.table()).isEqualTo(table);
              assertThat(row.kind()).isEqualTo(kind);
              assertThat(row.key()).isNotEmpty().doesNotContainValue(null);
            });
  }

  @Test
  void namesExactlyTheRowsThatDifferAmongMany() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 2500);
    Migrator migrator = new Migrator(realms.config(), "test");
    realms.schedule();
    migrator.start(TENANT, NONE);
    List<String> ids =
        realms.eu.list(
            "SELECT c.id FROM comment AS c JOIN note AS n ON n.id = c.note_id WHERE client_key ="
                + " 'tenant-a' AND c.id NOT IN (SELECT parent_id FROM comment WHERE parent_id > 0)"
                + " ORDER BY c.id LIMIT 3");
    pastTheGate(
        realms,
        "UPDATE comment SET body = '' WHERE id = %s; DELETE FROM comment WHERE id = %s; UPDATE comment SET id = 0 WHERE id = %s"
            .formatted(ids.toArray()));

    CopyComparison copies = copies(migrator.verify(TENANT, LIMIT, NONE));

    assertThat(copies.differences())
        .containsExactlyInAnyOrder(
            new RowDifference("public.comment", Map.of("id", ids.get(0)), Kind.CHANGED),
            new RowDifference("public.comment", Map.of("id", ids.get(1)), Kind.MISSING),
            new RowDifference("public.comment", Map.of("id", ids.get(2)), Kind.MISSING),
            new RowDifference("public.comment", Map.of("id", "0"), Kind.EXTRA));
    assertThat(copies.more()).isFalse();
  }

  @Test
  void namesNoMoreRowsThanItIsAskedFor() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 120);
    realms.copied();
    pastTheGate(realms, "UPDATE note SET title = ''");

    CopyComparison copies = copies(realms.migrator().verify(TENANT, 7, NONE));

    assertThat(copies.differences()).hasSize(7);
    assertThat(copies.more()).isTrue();
    assertThat(copies.differingChunks()).isGreaterThan(1);
  }

  @Test
  void goesOnWhereItWasStopped() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 200);
    realms.copied();
    int all = copies(verify(realms)).chunks();
    assertThatThrownBy(
            () ->
                realms
                    .migrator()
                    .verify(
                        TENANT,
                        LIMIT,
                        progress -> {
                          if (progress.chunks() == all / 2) {
                            throw new IllegalStateException("stopped");
                          }
                        }))
        .hasMessage("stopped");

    List<Integer> left = Collections.synchronizedList(new ArrayList<>());
    CopyComparison copies =
        copies(realms.migrator().verify(TENANT, LIMIT, p -> left.add(p.totalChunks())));

    assertThat(left).allSatisfy(chunks -> assertThat(chunks).isLessThanOrEqualTo(all - all / 2));
    assertThat(copies.chunks()).isEqualTo(all);
    assertThat(copies.equal()).isTrue();
    assertThat(copies.digest()).isEqualTo(copies(verify(realms)).digest());
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.verified_chunk")).isZero();
  }

  @Test
  void leavesNoStatementRunningWhenItIsInterrupted() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 60);
    realms.copied();
    CommandLineFixture cli = new CommandLineFixture(folder, realms);
    try (Connection connection = realms.eu.connect();
        Statement blocker = connection.createStatement()) {
      connection.setAutoCommit(false);
      blocker.execute("LOCK TABLE comment IN ACCESS EXCLUSIVE MODE");
      Process verify = cli.start("verify", TENANT.clientKey());
      awaitSessions(realms.eu, true);

      new ProcessBuilder("kill", "-INT", String.valueOf(verify.pid())).start().waitFor();

      assertThat(verify.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
      awaitSessions(realms.eu, false);
      awaitSessions(realms.us, false);
    }
    assertThat(verify(realms).clean()).isTrue();
  }

  /** Gates refuse such a write; whoever goes past them is found out all the same. */
  @Test
  void noticesRowsThatSomebodyElseWroteAtTheTargetDuringTheCopy() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 60);
    realms.schedule();
    realms
        .migrator()
        .start(
            TENANT,
            progress -> {
              if (progress.table().equals("public.note")
                  && realms.eu.number("SELECT count(*) FROM board WHERE name = 'stray'") == 0) {
                pastTheGate(
                    realms, "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'stray')");
              }
            });

    assertThat(copies(verify(realms)).differences())
        .singleElement()
        .satisfies(row -> assertThat(row.kind()).isEqualTo(Kind.EXTRA));
  }

  @Test
  void findsRowsOfATenantThatWasNeverMovedInAnotherRealm() throws IOException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    CommandLineFixture cli = new CommandLineFixture(folder, realms);
    Verification clean = verify(realms);
    assertThat(clean.copies()).isNull();
    assertThat(clean.realms()).extracting(RealmCheck::realm).containsExactly(US, EU);
    assertThat(clean.realms().get(0).rows())
        .isEqualTo(TwoRealms.rows(realms.us, TENANT.clientKey()).size());
    assertThat(clean.clean()).isTrue();
    assertThat(cli.run("verify", "tenant-a").code()).isZero();

    realms.eu.execute(
        "INSERT INTO atlassian_host VALUES ('tenant-a', 'https://secret.example.com', 'jira', true,"
            + " now()); INSERT INTO board (client_key, name) VALUES ('tenant-a', 'secret')");

    CommandLineFixture.Outcome outcome = cli.run("verify", "tenant-a");
    assertThat(outcome.code()).isEqualTo(6);
    assertThat(outcome.out())
        .contains("REMNANTS", "public.board", "public.atlassian_host")
        .doesNotContain("secret");
    assertThat(verify(realms).realms().get(1).rows()).isEqualTo(2);
  }

  @Test
  void saysWhichRealmItCouldNotLookInto() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    DatabaseConfig nowhere = new DatabaseConfig("jdbc:postgresql://localhost:1/none", "app", "");
    Migrator migrator =
        new Migrator(
            realms.config().withRealms(Map.of(US, TwoRealms.config(realms.us), EU, nowhere)),
            "test");

    Verification found = migrator.verify(TENANT, LIMIT, NONE);

    assertThat(found.complete()).isFalse();
    assertThat(found.realms().get(1).state()).isEqualTo(RealmCheck.State.UNCHECKED);
    assertThat(found.realms().get(1).note()).contains("realms.EU");
  }

  @Test
  void tellsACopyThatIsKeptFromRowsThatNobodyAccountsFor() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    realms.committed();
    assertThat(verify(realms).realms())
        .extracting(RealmCheck::state)
        .containsExactly(RealmCheck.State.HOME, RealmCheck.State.COPY);
    Migrator impatient = new Migrator(realms.smallChunks().withRetention(Duration.ZERO), "test");
    impatient.purge(TENANT, NONE);
    assertThat(verify(realms).realms().get(1).state()).isEqualTo(RealmCheck.State.CLEAN);

    realms.us.execute("INSERT INTO atlassian_host VALUES ('tenant-a', '', '', true, now())");

    assertThat(verify(realms).realms().get(1).state()).isEqualTo(RealmCheck.State.REMNANTS);
    assertThat(Instant.now()).isAfter(verify(realms).realms().get(1).at().minusSeconds(60));
  }

  private static Verification verify(TwoRealms realms) {
    return realms.migrator().verify(TENANT, LIMIT, NONE);
  }

  private static CopyComparison copies(Verification verification) {
    return Objects.requireNonNull(verification.copies());
  }

  /** Writes at the target as only the migration itself may. */
  private static void pastTheGate(TwoRealms realms, String sql) {
    long id = realms.migrator().migration(TENANT).id();
    realms.eu.execute("SET LOCAL domicile.migration = '" + id + "'; " + sql);
  }

  private static void awaitSessions(Database database, boolean some)
      throws InterruptedException, SQLException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    String sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'domicile-migrator'"
            + " AND datname = current_database() AND (wait_event_type = 'Lock' OR "
            + !some
            + ")";
    while (database.number(sessions) > 0 != some) {
      assertThat(System.nanoTime()).as("sessions: %s", some).isLessThan(deadline);
      Thread.sleep(20);
    }
  }
}
