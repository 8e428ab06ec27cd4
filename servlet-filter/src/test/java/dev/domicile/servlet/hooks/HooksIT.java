package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.DE;
import static dev.domicile.servlet.hooks.HookSite.EU;
import static dev.domicile.servlet.hooks.HookSite.NEIGHBOUR;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.US;
import static dev.domicile.servlet.hooks.HookSite.await;
import static dev.domicile.servlet.hooks.HookSite.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.domicile.migrator.Progress;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectAuthenticator;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What each hook answers, and what has happened then. */
final class HooksIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private HookSite site;

  @BeforeEach
  void open() {
    site = new HookSite(databases, 40);
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  @Test
  void aMigrationFromScheduleToCommit() throws Exception {
    Node node = site.node();
    List<String> before = rows(site.us, TENANT);
    assertThat(node.status(TENANT).word()).isEqualTo("not-scheduled");

    String window = site.window("EU");
    String named = window.replace("}", ",\"migrationId\":57500,\"unknown\":[]}");
    assertThat(node.post(TENANT, "schedule", named)).isEqualTo(new Answer(200, "{}"));
    JsonNode scheduled = node.status(TENANT, 57500).json();
    assertThat(scheduled.path("status").asText()).isEqualTo("scheduled");
    assertThat(scheduled.path("migrationId").asLong()).isEqualTo(57500);
    // Where the checks take longer than an answer may, they come later.
    JsonNode forecast =
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> node.status(TENANT, 57500).json().path("assessment").path("forecast"),
                found -> found.path("rows").asLong() > 0);
    assertThat(forecast.path("bytes").asLong()).isPositive();
    assertThat(forecast.path("safe").asBoolean()).isTrue();
    assertThat(site.control.number("SELECT external_id FROM domicile.migration")).isEqualTo(57500);

    assertThat(node.post(TENANT, "start", named).status()).isEqualTo(200);
    await(node, TENANT, "ready-to-commit");
    Awaitility.await()
        .until(() -> node.status(TENANT).json().path("rows").asLong() == before.size());
    JsonNode ready = node.status(TENANT).json();
    assertThat(ready.path("percent").asInt()).isEqualTo(100);
    assertThat(ready.path("totalRows").asLong()).isEqualTo(before.size());
    assertThat(site.home(TENANT)).isEqualTo(US);
    site.us.execute("UPDATE board SET settings = settings WHERE client_key = '" + TENANT + "'");
    Awaitility.await()
        .until(() -> node.status(TENANT).json().path("lag").path("changes").asLong() > 0);
    assertThat(node.status(TENANT).json().path("lag").path("seconds").asDouble()).isPositive();
    assertThat(node.status(TENANT).json().path("rows").asLong()).isEqualTo(before.size());

    assertThat(node.post(TENANT, "commit", "{\"migrationId\":57500}").status()).isBetween(200, 202);
    await(node, TENANT, "committed");
    assertThat(node.status(TENANT).json().has("lag")).isFalse();
    assertThat(site.home(TENANT)).isEqualTo(EU);
    assertThat(rows(site.eu, TENANT)).isEqualTo(before);
    assertThat(
            site.control.number(
                "SELECT count(*) FROM domicile.scheduled_task WHERE task_name <>"
                    + " 'domicile-schedule'"))
        .isZero();
    // What comes late changes nothing.
    assertThat(node.post(TENANT, "schedule", named).status()).isEqualTo(200);
    assertThat(node.post(TENANT, "start", named).status()).isEqualTo(200);
    assertThat(node.post(TENANT, "commit", "{}").status()).isEqualTo(200);
    assertThat(site.states()).containsExactly("COMMITTED");
    assertThat(site.home(TENANT)).isEqualTo(EU);
  }

  @Test
  void aRollbackLeavesTheTargetAsItWas() throws Exception {
    Node node = site.node();
    List<String> eu = SampleApp.everything(site.eu);
    assertThat(node.post(TENANT, "rollback", "{}").status()).isEqualTo(200);
    node.post(TENANT, "schedule", site.window("EU"));
    node.post(TENANT, "start", site.window("EU"));
    await(node, TENANT, "ready-to-commit");

    assertThat(node.post(TENANT, "rollback", "").status()).isEqualTo(200);
    assertThat(node.post(TENANT, "rollback", "{}").status()).isEqualTo(200);
    await(node, TENANT, "rolled-back");
    assertThat(node.post(TENANT, "rollback", "{\"migrationId\":99}").status()).isEqualTo(200);

    assertThat(SampleApp.everything(site.eu)).isEqualTo(eu);
    assertThat(node.post(TENANT, "commit", "{}").code()).isEqualTo("E0001");
    assertThat(node.post(TENANT, "start", site.window("EU")).code()).isEqualTo("E0001");
    assertThat(site.home(TENANT)).isEqualTo(US);
    assertThat(node.post(TENANT, "schedule", site.window("EU")).status()).isEqualTo(200);
  }

  @Test
  void eachErrorCodeWhereItBelongs() throws Exception {
    Node node = site.node(HookSite.hooks(1));
    assertThat(node.post(TENANT, "start", site.window("EU"))).satisfies(isFailed("E0001"));
    assertThat(node.post(TENANT, "commit", "{}")).satisfies(isFailed("E0001"));
    assertThat(node.post(TENANT, "schedule", site.window("JP"))).satisfies(isFailed("E0002"));
    assertThat(node.post(TENANT, "schedule", site.window("eu"))).satisfies(isFailed("E0002"));
    assertThat(
            node.post(
                TENANT,
                "schedule",
                HookSite.window(site.clock.start.minusSeconds(7200), Duration.ofHours(1), "EU")))
        .satisfies(isFailed("E9999"));
    assertThat(node.post(TENANT, "schedule", site.window("FRANKFURT")).status()).isEqualTo(200);
    assertThat(node.post(NEIGHBOUR, "schedule", site.window("EU"))).satisfies(isFailed("E0004"));
    assertThat(node.post(TENANT, "start", site.window("DE"))).satisfies(isFailed("E0001"));
    // Before the copy is ready it may be so in a moment.
    assertThat(node.post(TENANT, "commit", "{}")).isEqualTo(new Answer(503, "{}"));

    HookConfig on = HookSite.hooks(5);
    Node off =
        site.node(
            new HookConfig(
                false,
                5,
                on.maximumDuration(),
                on.locations(),
                on.polling(),
                on.heartbeat(),
                on.retry()));
    assertThat(off.post(NEIGHBOUR, "schedule", site.window("EU"))).satisfies(isFailed("E0003"));
    assertThat(off.post(NEIGHBOUR, "start", site.window("EU"))).satisfies(isFailed("E0003"));
    assertThat(off.status(NEIGHBOUR)).satisfies(isFailedStatus("E0003"));
  }

  @Test
  void everyCheckOfAPlanIsMadeAtScheduleAndShown() throws Exception {
    Node node = site.node();
    String history =
        "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version text,"
            + " description text, type text, script text, checksum int, installed_by text,"
            + " installed_on timestamp, execution_time int, success boolean)";
    site.us.execute(history);
    site.eu.execute(history);
    site.us.execute(
        "INSERT INTO flyway_schema_history VALUES (1, '1', 'x', 'SQL', 'V1__x.sql', 1, 'x', now(),"
            + " 1, true)");
    Answer failed = refused(node, "E0002");
    assertThat(failed.json().path("assessment").path("findings").toString())
        .contains("schema-version", "lags behind");
    site.awaitState("ROLLED_BACK");
    assertThat(node.status(TENANT)).satisfies(isFailedStatus("E0002"));

    site.eu.execute("INSERT INTO flyway_schema_history TABLE flyway_schema_history");
    site.us.execute("DROP TABLE flyway_schema_history");
    site.eu.execute("DROP TABLE flyway_schema_history");
    site.eu.execute("ALTER TABLE comment DROP COLUMN author");
    assertThat(refused(node, "E9999").text()).contains("author").doesNotContain("password");
  }

  @Test
  void aTenantThatCannotBeReadyInTimeIsRefusedAtSchedule() throws Exception {
    Node node = site.node();
    // One megabyte took an hour.
    site.control.execute(
        """
        INSERT INTO domicile.migration (client_key, source_realm, target_realm, route_epoch, state,
            window_start, window_end, requested_by)
        VALUES ('x', 'US', 'EU', 1, 'ROLLED_BACK', now(), now() + interval '1 hour', 'test');
        INSERT INTO domicile.migration_event (migration_id, at, to_state, actor, detail)
        SELECT id, now() - interval '400 hours', 'COPYING', 'test', '{}'::jsonb FROM domicile.migration
        UNION ALL
        SELECT id, now(), 'READY_TO_COMMIT', 'test', '{"bytes": 1100000}'::jsonb FROM domicile.migration
        """);
    JsonNode forecast = refused(node, "E9999").json().path("assessment").path("forecast");
    assertThat(forecast.path("hopeless").asBoolean()).isTrue();
    assertThat(forecast.path("measured").asBoolean()).isTrue();
  }

  @Test
  void realmsWithOneDatabaseChangeTheRouteAlone() throws Exception {
    Node node = site.node();
    TenantId resident = NEIGHBOUR;
    site.migrator.schedule(
        resident, EU, site.clock.instant().minusSeconds(1), site.clock.instant().plusSeconds(60));
    site.migrator.start(resident, Progress.Listener.NONE);
    site.migrator.commit(resident, Progress.Listener.NONE);
    List<String> eu = SampleApp.everything(site.eu);

    node.post(resident, "schedule", site.window("DE"));
    node.post(resident, "start", site.window("DE"));
    await(node, resident, "ready-to-commit");
    assertThat(node.post(resident, "commit", "{}").status()).isEqualTo(200);

    assertThat(site.home(resident)).isEqualTo(DE);
    assertThat(node.post(resident, "commit", "{\"migrationId\":99}")).satisfies(isFailed("E0001"));
    assertThat(node.status(resident, 99).word()).isEqualTo("not-scheduled");
    assertThat(SampleApp.everything(site.eu)).isEqualTo(eu);
    // And a tenant that lives there already is ready at once, and stays.
    String again = site.window("DE", Duration.ofMinutes(50));
    String later = again.replace("{", "{\"migrationId\":9,");
    assertThat(node.post(resident, "schedule", later).status()).isEqualTo(200);
    assertThat(node.post(resident, "start", later).status()).isEqualTo(200);
    await(node, resident, "ready-to-commit");
    assertThat(node.post(resident, "commit", "{\"migrationId\":9}").status()).isEqualTo(200);
    assertThat(site.home(resident)).isEqualTo(DE);
    assertThat(SampleApp.everything(site.eu)).isEqualTo(eu);
  }

  @Test
  void anotherScheduleTakesThePlaceOfOneThatTheServiceHasGivenUp() throws Exception {
    Node node = site.node();
    node.post(TENANT, "schedule", site.window("EU"));
    node.post(TENANT, "start", site.window("EU"));
    String anew = HookSite.window(site.clock.start.plusSeconds(60), Duration.ofHours(1), "EU");

    // At once, if the one before is rolled back within a moment; else at the service's next try.
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> node.post(TENANT, "schedule", anew).status(), status -> status == 200);
    assertThat(site.states()).containsExactly("ROLLED_BACK", "SCHEDULED");
    assertThat(node.post(TENANT, "start", site.window("EU")).code()).isEqualTo("E0001");
  }

  @Test
  void noMoreMigrationsThanAllowedHoweverManyNodesAreAsked() throws Exception {
    Node one = site.node(HookSite.hooks(3));
    Node two = site.node(HookSite.hooks(3));
    for (int i = 0; i < 8; i++) {
      TenantId tenant = new TenantId("small-" + i);
      SampleApp.addTenant(site.us, tenant.clientKey(), 1);
      site.migrator.routes().add(tenant, US);
      Node.secrets(site.config().control())
          .store(tenant, "https://x.net", "jira", Node.secret(tenant));
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Answer>> calls =
          IntStream.range(0, 8)
              .<Callable<Answer>>mapToObj(
                  i ->
                      () ->
                          (i % 2 == 0 ? one : two)
                              .post(new TenantId("small-" + i), "schedule", site.window("EU")))
              .toList();
      int accepted = 0;
      for (Future<Answer> answer : threads.invokeAll(calls)) {
        if (answer.get().status() == 200) {
          accepted++;
        } else {
          assertThat(answer.get()).satisfies(isFailed("E0004"));
        }
      }
      assertThat(accepted).isEqualTo(3);
    } finally {
      threads.shutdownNow();
    }
    // In another window there is room.
    assertThat(
            one.post(
                    TENANT,
                    "schedule",
                    HookSite.window(
                        site.clock.start.plus(Duration.ofHours(1)), Duration.ofHours(1), "EU"))
                .status())
        .isEqualTo(200);
  }

  @Test
  void onlyAnExactTokenOfTheTenantIsBelieved() throws Exception {
    Node node = site.node();
    ConnectToken token = new ConnectToken(TENANT, Node.secret(TENANT), InstantSource.system());
    String url = Node.PATH + "/rollback";
    for (String credentials :
        List.of(
            "JWT " + token.context(),
            "JWT " + token.sign("POST", Node.PATH + "/commit", null),
            "JWT " + token.sign("GET", url, null),
            "Bearer " + token.sign("POST", url, null),
            "JWT x")) {
      assertThat(Node.send(node.port(), "POST", url, credentials, "{}"))
          .isEqualTo(new Answer(401, "{}"));
    }
    assertThat(Node.send(node.port(), "GET", url, "JWT x", "").status()).isEqualTo(405);
    assertThat(Node.send(node.port(), "POST", Node.PATH + "/x", "JWT x", "").status())
        .isEqualTo(404);
    ConnectConfig closed = new ConnectConfig("com.example.app");
    assertThatThrownBy(
            () ->
                new HookServlet(
                    closed,
                    Node.PATH,
                    new ConnectAuthenticator(
                            closed, Node.secrets(site.config().control()), InstantSource.system())
                        .forHooks(),
                    node.hooks))
        .hasMessageContaining("/migration/*");
  }

  /**
   * The status of a migration that was refused for what its plan says: at once, or soon after where
   * the checks took longer than an answer may.
   */
  private Answer refused(Node node, String code) throws Exception {
    assertThat(node.post(TENANT, "schedule", site.window("EU")))
        .satisfiesAnyOf(isFailed(code), later -> assertThat(later.status()).isEqualTo(200));
    return Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> node.status(TENANT), status -> code.equals(status.code()));
  }

  private static Consumer<Answer> isFailed(String code) {
    return answer ->
        assertThat(answer).isEqualTo(new Answer(409, "{\"errorResponseCode\":\"" + code + "\"}"));
  }

  private static Consumer<Answer> isFailedStatus(String code) {
    return answer -> {
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.word()).isEqualTo("failed");
      assertThat(answer.code()).isEqualTo(code);
    };
  }
}
