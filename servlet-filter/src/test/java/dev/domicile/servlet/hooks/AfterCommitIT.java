package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.DE;
import static dev.domicile.servlet.hooks.HookSite.EU;
import static dev.domicile.servlet.hooks.HookSite.NEIGHBOUR;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.US;
import static dev.domicile.servlet.hooks.HookSite.await;
import static dev.domicile.servlet.hooks.HookSite.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.Progress;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.servlet.hooks.Timings.Outcome;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A rollback that comes after the commit takes it back while its soak lasts. */
final class AfterCommitIT {
  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final String WRITE =
      "INSERT INTO board (client_key, name) VALUES ('tenant-a', 'since the commit');"
          + " UPDATE note SET status = 'done' WHERE client_key = 'tenant-a' AND id % 3 = 0";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private HookSite site;
  private Node node;

  @BeforeEach
  void open() throws Exception {
    site = new HookSite(databases, 40);
    node = site.node();
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  @Test
  void theTenantGoesHomeWithWhatItWroteSince() throws Exception {
    List<String> eu = SampleApp.everything(site.eu);
    commit(TENANT, "EU");
    site.eu.execute(WRITE);
    List<String> written = rows(site.eu, TENANT);
    assertThat(written).isNotEqualTo(rows(site.us, TENANT));

    assertThat(node.post(TENANT, "rollback", "{}")).isEqualTo(new Answer(200, "{}"));

    assertThat(node.status(TENANT).word()).isIn("rolling-back", "rolled-back");
    assertThat(node.post(TENANT, "commit", "{}").code()).isEqualTo("E0001");
    assertThat(node.post(TENANT, "start", site.window("EU")).code()).isEqualTo("E0001");
    await(node, TENANT, "rolled-back");
    assertThat(site.home(TENANT)).isEqualTo(US);
    assertThat(rows(site.us, TENANT)).isEqualTo(written);
    assertThat(SampleApp.everything(site.eu)).isEqualTo(eu);
    site.us.execute("UPDATE board SET name = 'home again' WHERE name = 'since the commit'");
    assertThat(node.post(TENANT, "rollback", "{}").status()).isEqualTo(200);
    // The service may try once more.
    List<String> home = rows(site.us, TENANT);
    commit(TENANT, "EU");
    assertThat(rows(site.eu, TENANT)).isEqualTo(home);
  }

  @Test
  void rollbacksAndCommitsThatComeAtOnceToTwoNodesEndAtHome() throws Exception {
    Node other = site.node();
    commit(TENANT, "EU");
    site.eu.execute(WRITE);
    List<String> written = rows(site.eu, TENANT);
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        Node called = i % 2 == 0 ? node : other;
        String hook = i % 3 == 2 ? "commit" : "rollback";
        answers.add(threads.submit(() -> called.post(TENANT, hook, "{}")));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).isIn(200, 409);
      }
    } finally {
      threads.shutdownNow();
    }
    await(other, TENANT, "rolled-back");
    assertThat(site.home(TENANT)).isEqualTo(US);
    assertThat(rows(site.us, TENANT)).isEqualTo(written);
    assertThat(rows(site.eu, TENANT)).isEmpty();
    assertThat(
            site.control.number(
                "SELECT count(*) FROM domicile.migration_event WHERE to_state = 'ROLLED_BACK'"))
        .isEqualTo(1);
  }

  /** The way back waits for a writer; the answer does not, and the node that gave it goes. */
  @Test
  void anotherNodeTakesBackWhatOneThatStoppedHadPromised() throws Exception {
    commit(TENANT, "EU");
    List<String> written;
    try (Connection writer = site.eu.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute(WRITE);
      long asked = System.nanoTime();
      assertThat(node.post(TENANT, "rollback", "{}").status()).isEqualTo(200);
      assertThat(System.nanoTime() - asked).isLessThan(LIMIT.toNanos());
      site.awaitState("RETURNING");
      assertThat(node.status(TENANT).word()).isEqualTo("rolling-back");
      // Another move has to wait for this one's end.
      String anew = site.window("EU", Duration.ofHours(2));
      assertThat(node.post(TENANT, "schedule", anew)).isEqualTo(new Answer(503, "{}"));
      node.close();
      Node other = site.node();
      assertThat(other.status(TENANT).word()).isEqualTo("rolling-back");
      writer.commit();
      written = rows(site.eu, TENANT);
      await(other, TENANT, "rolled-back");
    }
    assertThat(rows(site.us, TENANT)).isEqualTo(written).isNotEmpty();
    assertThat(site.home(TENANT)).isEqualTo(US);
  }

  @Test
  void isFinalWhenTheSoakIsOver() throws Exception {
    commit(TENANT, "EU");
    site.clock.advance(Duration.ofMinutes(61));

    Answer refused = new Answer(409, "{\"errorResponseCode\":\"E9999\"}");
    assertThat(node.post(TENANT, "rollback", "{}")).isEqualTo(refused);
    assertThat(node.post(TENANT, "rollback", "{}")).isEqualTo(refused);

    assertThat(node.status(TENANT).word()).isEqualTo("committed");
    assertThat(node.post(TENANT, "commit", "{}").status()).isEqualTo(200);
    assertThat(site.home(TENANT)).isEqualTo(EU);
    assertThat(site.states()).containsExactly("COMMITTED");
    // The service believes that it was rolled back and tries again: the tenant is there already.
    String anew = site.window("EU", Duration.ofHours(3));
    assertThat(node.post(TENANT, "schedule", anew).status()).isEqualTo(200);
  }

  @Test
  void isFinalWhenTheTenantWasToMoveAgainSince() throws Exception {
    String first = site.window("EU").replace("{", "{\"migrationId\":1,");
    commit(TENANT, first, "{\"migrationId\":1}");
    String second =
        HookSite.window(site.clock.start, Duration.ofHours(3), "DE")
            .replace("{", "{\"migrationId\":2,");
    assertThat(node.post(TENANT, "schedule", second).status()).isEqualTo(200);

    assertThat(node.post(TENANT, "rollback", "{\"migrationId\":1}").code()).isEqualTo("E9999");

    assertThat(site.home(TENANT)).isEqualTo(EU);
    assertThat(node.status(TENANT, 2).word()).isEqualTo("scheduled");
  }

  /** What the realms know of the soak decides in the end. */
  @Test
  void aCommitThatCannotBeTakenBackAnyMoreStands() throws Exception {
    commit(TENANT, "EU");
    site.eu.execute(
        "UPDATE domicile.fence SET capture_until = clock_timestamp() - interval '1 second'");

    assertThat(node.post(TENANT, "rollback", "{}").status()).isEqualTo(200);

    Awaitility.await()
        .until(() -> node.hooks.tasks().worked().of(Wanted.ROLLBACK, Outcome.REFUSED).count() == 1);
    await(node, TENANT, "committed");
    assertThat(site.home(TENANT)).isEqualTo(EU);
    assertThat(site.states()).containsExactly("COMMITTED");
    site.eu.execute(WRITE);
  }

  @Test
  void theRouteGoesBackAloneWhereRealmsShareADatabase() throws Exception {
    TenantId resident = NEIGHBOUR;
    site.migrator.schedule(
        resident, EU, site.clock.instant().minusSeconds(1), site.clock.instant().plusSeconds(60));
    site.migrator.start(resident, Progress.Listener.NONE);
    site.migrator.commit(resident, Progress.Listener.NONE);
    List<String> eu = SampleApp.everything(site.eu);
    commit(resident, "DE");
    assertThat(site.home(resident)).isEqualTo(DE);

    assertThat(node.post(resident, "rollback", "{}").status()).isEqualTo(200);

    await(node, resident, "rolled-back");
    assertThat(site.home(resident)).isEqualTo(EU);
    assertThat(SampleApp.everything(site.eu)).isEqualTo(eu);
  }

  /** Between the flip and the last step the target refuses the tenant's writes. */
  @Test
  void aCommitWhoseLastStepFailsIsFinishedByItself() throws Exception {
    ready(TENANT, site.window("EU"));
    site.control.execute(
        """
        CREATE FUNCTION domicile.fail() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'for the test' USING ERRCODE = '55000'; END $$;
        CREATE TRIGGER fail BEFORE UPDATE OF opened_at ON domicile.migration
          FOR EACH ROW EXECUTE FUNCTION domicile.fail();
        """);
    assertThat(node.post(TENANT, "commit", "{}").status()).isBetween(200, 202);
    Awaitility.await()
        .until(() -> node.hooks.tasks().worked().of(Wanted.COMMIT, Outcome.LATER).count() > 0);
    assertThat(site.states()).containsExactly("COMMITTED");

    site.control.execute("DROP TRIGGER fail ON domicile.migration");

    Awaitility.await()
        .until(
            () ->
                site.control.number(
                        "SELECT count(*) FROM domicile.migration WHERE opened_at IS NULL")
                    == 0);
    site.eu.execute(WRITE);
  }

  private void commit(TenantId tenant, String location) throws Exception {
    commit(tenant, site.window(location), "{}");
  }

  private void commit(TenantId tenant, String window, String body) throws Exception {
    ready(tenant, window);
    assertThat(node.post(tenant, "commit", body).status()).isBetween(200, 202);
    await(node, tenant, "committed");
    awaitOpened();
  }

  private void ready(TenantId tenant, String window) throws Exception {
    Awaitility.await().until(() -> node.post(tenant, "schedule", window).status() == 200);
    assertThat(node.post(tenant, "start", window).status()).isEqualTo(200);
    await(node, tenant, "ready-to-commit");
  }

  /** The route has flipped a moment before the target takes writes. */
  private void awaitOpened() throws SQLException {
    Awaitility.await()
        .until(
            () ->
                site.control.number(
                        "SELECT count(*) FROM domicile.migration"
                            + " WHERE state = 'COMMITTED' AND copies AND opened_at IS NULL")
                    == 0);
  }
}
