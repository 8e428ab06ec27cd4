package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Databases that accept connections and say nothing: each hook answers within two seconds. */
final class ControlOutageIT {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void theControlDatabaseHangs() throws Exception {
    try (EmbeddedServer server = EmbeddedServer.start();
        HookSite site =
            HookSite.on(
                server.createDatabase("control"),
                databases.create("us"),
                databases.create("eu"),
                40)) {
      Node node = site.node();
      node.post(TENANT, "schedule", site.window("EU"));
      server.pause();
      for (int i = 0; i < 2; i++) {
        for (String hook : new String[] {"schedule", "start", "commit", "rollback"}) {
          assertThat(timed(node, hook, site.window("EU"))).isEqualTo(new Answer(503, "{}"));
        }
        assertThat(timed(node, "status", ""))
            .isEqualTo(new Answer(200, "{\"status\":\"unknown\"}"));
      }
      server.resume();
      node.post(TENANT, "rollback", "{}");
      await(node, TENANT, "rolled-back");
    }
  }

  @Test
  void aRealmsDatabaseHangs() throws Exception {
    try (EmbeddedServer server = EmbeddedServer.start();
        HookSite site =
            HookSite.on(
                databases.create("control"),
                databases.create("us"),
                server.createDatabase("eu"),
                40)) {
      Node node = site.node();
      server.pause();
      assertThat(timed(node, "schedule", site.window("EU")).status()).isEqualTo(200);
      assertThat(timed(node, "start", site.window("EU")).status()).isEqualTo(200);
      assertThat(timed(node, "status", "").word()).isEqualTo("copying");
      assertThat(timed(node, "commit", "{}").status()).isEqualTo(503);
      server.resume();
      await(node, TENANT, "ready-to-commit");
    }
  }

  private static Answer timed(Node node, String hook, String body) throws Exception {
    long begun = System.nanoTime();
    Answer answer = hook.equals("status") ? node.status(TENANT) : node.post(TENANT, hook, body);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).as(hook).isLessThan(LIMIT);
    return answer;
  }
}
