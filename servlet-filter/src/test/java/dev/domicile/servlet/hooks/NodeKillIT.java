package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.EU;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.await;
import static dev.domicile.servlet.hooks.HookSite.rows;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.TestDatabases;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node that took the calls is killed with SIGKILL in the middle of the copy. */
final class NodeKillIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void anotherNodeFinishesWhatOneThatWasKilledHadBegun() throws Exception {
    try (HookSite site = new HookSite(databases, 6000)) {
      List<String> before = rows(site.us, TENANT);
      Process doomed = start(site);
      try (BufferedReader output = doomed.inputReader(UTF_8)) {
        int port = Integer.parseInt(output.readLine().replace("port ", ""));
        assertThat(Node.post(port, TENANT, "schedule", site.window("EU")).status()).isEqualTo(200);
        assertThat(Node.post(port, TENANT, "start", site.window("EU")).status()).isEqualTo(200);
        Awaitility.await()
            .pollInterval(Duration.ofMillis(5))
            .until(() -> site.eu.number("SELECT count(*) FROM domicile.copy_checkpoint") > 5);
        assertThat(pickedBy(site)).containsExactly("doomed");
      } finally {
        doomed.destroyForcibly().waitFor();
      }
      assertThat(site.states()).containsExactly("COPYING");
      long done = site.eu.number("SELECT count(*) FROM domicile.copy_checkpoint");

      Node other = site.node();
      assertThat(other.status(TENANT).word()).isEqualTo("copying");
      await(other, TENANT, "ready-to-commit");

      assertThat(site.eu.number("SELECT count(*) FROM domicile.copy_checkpoint"))
          .isGreaterThan(done);
      assertThat(
              site.control.list(
                  "SELECT DISTINCT actor FROM domicile.migration_event ORDER BY actor"))
          .containsExactly("hooks on doomed", "hooks on node-0");
      assertThat(other.post(TENANT, "commit", "{}").status()).isBetween(200, 202);
      await(other, TENANT, "committed");
      assertThat(rows(site.eu, TENANT)).isEqualTo(before);
      assertThat(site.home(TENANT)).isEqualTo(EU);
    }
  }

  private static List<String> pickedBy(HookSite site) {
    return site.control.list("SELECT picked_by FROM domicile.scheduled_task WHERE picked");
  }

  private static Process start(HookSite site) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            NodeProcess.class.getName(),
            site.control.url(),
            site.us.url(),
            site.eu.url(),
            site.us.user(),
            site.us.password())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
