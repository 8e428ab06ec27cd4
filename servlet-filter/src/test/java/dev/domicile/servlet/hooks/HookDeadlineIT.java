package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.US;
import static dev.domicile.servlet.hooks.HookSite.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Past the deadline nothing is ready any more, and the copy is cleaned up unasked. */
final class HookDeadlineIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private static final String WAITING =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%"wanted" = $1%'
      """;

  private HookSite site;
  private Node node;
  private List<String> eu;

  @BeforeEach
  void open() throws Exception {
    site = new HookSite(databases, 40);
    node = site.node();
    eu = SampleApp.everything(site.eu);
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  @Test
  void whileScheduled() throws Exception {
    node.post(TENANT, "schedule", site.window("EU"));
    site.clock.advance(Duration.ofMinutes(61));

    assertThat(node.post(TENANT, "start", site.window("EU")).code()).isEqualTo("E9999");
    isGivenUp();
  }

  /** The start has read the order when another node gives it up. */
  @Test
  void atTheMomentOfTheStart() throws Exception {
    node.post(TENANT, "schedule", site.window("EU"));
    ExecutorService service = Executors.newSingleThreadExecutor();
    try (Connection other = site.control.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("UPDATE domicile.migration SET wanted = 'ROLLBACK', error_code = 'E9999'");
      Future<Answer> start = service.submit(() -> node.post(TENANT, "start", site.window("EU")));
      Awaitility.await().until(() -> site.control.number(WAITING) > 0);
      other.commit();
      assertThat(start.get().code()).isEqualTo("E9999");
    } finally {
      service.shutdownNow();
    }
    isGivenUp();
  }

  @Test
  void whileCopying() throws Exception {
    node.post(TENANT, "schedule", site.window("EU"));
    try (Connection connection = site.eu.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE comment IN SHARE MODE");
      node.post(TENANT, "start", site.window("EU"));
      site.awaitState("COPYING");
      site.clock.advance(Duration.ofMinutes(61));
      await(node, TENANT, "failed");
      connection.rollback();
    }
    isGivenUp();
  }

  @Test
  void whileReady() throws Exception {
    node.post(TENANT, "schedule", site.window("EU"));
    node.post(TENANT, "start", site.window("EU"));
    await(node, TENANT, "ready-to-commit");
    site.clock.advance(Duration.ofMinutes(61));

    assertThat(node.status(TENANT).word()).isIn("too-late", "failed");
    await(node, TENANT, "failed");
    assertThat(node.post(TENANT, "commit", "{}").code()).isEqualTo("E9999");
    isGivenUp();
  }

  /** The window is longer than the app says that it ever needs. */
  @Test
  void theDeclaredMaximumCountsFromTheStart() throws Exception {
    String window = site.window("EU", Duration.ofHours(20));
    node.post(TENANT, "schedule", window);
    site.clock.advance(Duration.ofHours(10));
    node.post(TENANT, "start", window);
    await(node, TENANT, "ready-to-commit");
    site.clock.advance(Duration.ofMinutes(119));
    assertThat(node.post(TENANT, "start", window).status()).isEqualTo(200);
    assertThat(node.status(TENANT).word()).isEqualTo("ready-to-commit");
    site.clock.advance(Duration.ofMinutes(2));

    assertThat(node.status(TENANT).word()).isIn("too-late", "failed");
    await(node, TENANT, "failed");
    isGivenUp();
  }

  /** A commit that was promised is made, however long a writer keeps it waiting. */
  @Test
  void whileCommittingItIsTooLateToGiveUp() throws Exception {
    node.post(TENANT, "schedule", site.window("EU"));
    node.post(TENANT, "start", site.window("EU"));
    await(node, TENANT, "ready-to-commit");
    try (Connection connection = site.us.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE board SET name = 'late' WHERE client_key = 'tenant-a'");
      assertThat(node.post(TENANT, "commit", "{}")).isEqualTo(new Answer(202, "{}"));
      assertThat(node.status(TENANT).word()).isEqualTo("committing");
      site.clock.advance(Duration.ofMinutes(61));
      assertThat(node.status(TENANT).word()).isEqualTo("committing");
      assertThat(node.post(TENANT, "commit", "{}").status()).isEqualTo(202);
      connection.commit();
    }
    await(node, TENANT, "committed");
    assertThat(
            site.eu.number(
                "SELECT count(*) FROM board WHERE name <> 'late' AND client_key = 'tenant-a'"))
        .isZero();
  }

  private void isGivenUp() throws Exception {
    site.awaitState("ROLLED_BACK");
    Answer status = node.status(TENANT);
    assertThat(status.status()).isEqualTo(200);
    assertThat(status.word()).isEqualTo("failed");
    assertThat(status.code()).isEqualTo("E9999");
    assertThat(SampleApp.everything(site.eu)).isEqualTo(eu);
    assertThat(site.home(TENANT)).isEqualTo(US);
    assertThat(node.post(TENANT, "rollback", "{}").status()).isEqualTo(200);
  }
}
