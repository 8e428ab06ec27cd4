package dev.domicile.servlet;

import static dev.domicile.servlet.Deployment.A;
import static dev.domicile.servlet.Deployment.B;
import static dev.domicile.servlet.Deployment.CLOCK;
import static dev.domicile.servlet.Deployment.EU;
import static dev.domicile.servlet.Deployment.KEYS;
import static dev.domicile.servlet.Deployment.STRANGER;
import static dev.domicile.servlet.Deployment.US;
import static dev.domicile.servlet.Deployment.app;
import static dev.domicile.servlet.Deployment.request;
import static dev.domicile.servlet.Deployment.secret;
import static dev.domicile.servlet.Deployment.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.domicile.router.CacheConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Requests that never reach the app, and what they learn. */
final class TenantFilterRefusalIT {
  private static final String UNAUTHORIZED =
      "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401}";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private Deployment deployment;

  @BeforeEach
  void open() throws Exception {
    deployment = new Deployment(databases);
  }

  @AfterEach
  void close() throws Exception {
    deployment.close();
    assertThat(deployment.app().leaks()).isEmpty();
  }

  @Test
  void answersEveryRefusalAlike() throws Exception {
    ConnectToken late =
        new ConnectToken(A, secret(A), InstantSource.fixed(Instant.now().minusSeconds(3600)));
    ConnectToken forged = new ConnectToken(A, secret(B), CLOCK);
    ConnectToken unknown = new ConnectToken(new TenantId("nobody"), secret(A), CLOCK);
    String elsewhere = token(A, "GET", "/tenant", null);

    for (HttpResponse<String> answer :
        List.of(
            deployment.send("/realm", null),
            deployment.send("/realm", "garbage"),
            deployment.send("/realm?a=%ff", elsewhere),
            deployment.send("/realm", elsewhere),
            deployment.send("/realm?jwt=x", token(A, "GET", "/realm", null)),
            deployment.send("/realm", late.sign("GET", "/realm", null)),
            deployment.send("/realm", forged.sign("GET", "/realm", null)),
            deployment.send("/realm", unknown.sign("GET", "/realm", null)),
            deployment.send("/realm", new ConnectToken(A, secret(A), CLOCK).context()))) {
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).isEqualTo(UNAUTHORIZED);
      assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(answer.headers().firstValue("WWW-Authenticate"))
          .contains("JWT realm=\"com.example.app\"");
    }
  }

  @Test
  void refusesATenantWithoutARoute() throws Exception {
    assertThat(deployment.get(STRANGER, "/realm").statusCode()).isEqualTo(403);
  }

  @Test
  void refusesATenantOfARealmThatIsNotConfiguredHere() throws Exception {
    deployment.router().routes().add(STRANGER, new Realm("AU"));

    assertThat(deployment.get(STRANGER, "/realm").statusCode()).isEqualTo(421);
  }

  @Test
  void asksTheCallersOfAFrozenTenantToComeBack() throws Exception {
    assertThat(deployment.router().routes().setState(deployment.route(A), Route.State.FROZEN))
        .isTrue();

    HttpResponse<String> answer = deployment.get(A, "/tenant");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("5");
    assertThat(answer.body())
        .isEqualTo("{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}");
    assertThat(deployment.get(B, "/realm").body()).isEqualTo(deployment.databaseOf(EU));
  }

  @Test
  void letsTheCallersOfAFrozenTenantWaitWhereThatIsConfigured() throws Exception {
    CacheConfig patient = CacheConfig.DEFAULT.withFrozenWait(Duration.ofSeconds(50));
    try (Router waiting = new Router(deployment.routerConfig().withCache(patient));
        TestApp app = app(waiting, deployment.secrets())) {
      Route route = deployment.route(A);
      assertThat(waiting.routes().setState(route, Route.State.FROZEN)).isTrue();
      await().ignoreExceptions().until(() -> waiting.resolve(A).state() == Route.State.FROZEN);
      CompletableFuture<HttpResponse<String>> answer =
          deployment
              .client()
              .sendAsync(
                  request(app, "/realm", token(A, "GET", "/realm", null)).build(),
                  BodyHandlers.ofString());
      assertThatThrownBy(() -> answer.get(500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);

      assertThat(waiting.routes().moveTo(deployment.route(A), EU)).isTrue();

      assertThat(answer.get().statusCode()).isEqualTo(200);
      assertThat(answer.get().body()).isEqualTo(deployment.databaseOf(EU));
      assertThat(app.leaks()).isEmpty();
    }
  }

  @Test
  void asksCallersToComeBackWhileTheControlDatabaseIsDown() throws Exception {
    DatabaseConfig nowhere =
        new DatabaseConfig(
            "jdbc:postgresql://localhost:1/none",
            "nobody",
            "secret",
            new PoolConfig(1, Duration.ofSeconds(1)));
    InstallationSecrets lostSecrets =
        new InstallationSecrets(
            DSL.using(nowhere.unpooled("lost"), SQLDialect.POSTGRES), KEYS, CLOCK);
    try (Router lost = new Router(new RouterConfig(nowhere, Map.of(US, nowhere)));
        TestApp withoutRoutes = app(lost, deployment.secrets());
        TestApp withoutSecrets = app(lost, lostSecrets)) {
      for (TestApp broken : List.of(withoutRoutes, withoutSecrets)) {
        HttpResponse<String> answer =
            deployment
                .client()
                .send(
                    request(broken, "/tenant", token(A, "GET", "/tenant", null)).build(),
                    BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.body()).doesNotContain("localhost", "Exception");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/health/../tenant",
        "/tenant/../health/../tenant",
        "/health/%2e%2e/tenant",
        "/open/../tenant",
        "/open/%2e%2e/tenant",
        "/open/..;/tenant",
        "/health;/../tenant",
        "//health/../tenant",
        "/open/%2e%2e%2ftenant",
        "/health%2f..%2f../tenant",
        "/tenant;/open/x",
        "/tenant?/open/x",
        "/open/forward"
      })
  void noDetourThroughAnOpenPathReachesAnother(String path) throws Exception {
    assertThat(deployment.sendRaw(path, "x"))
        .containsPattern("^HTTP/1.1 (400|401|404) ")
        .doesNotContain("nobody");
  }

  @Test
  void refusesAnEscapeThatIsNoneAsItRefusesAllElse() throws Exception {
    String token = token(A, "GET", "/tenant", null);

    assertThat(deployment.sendRaw("/tenant?a=%zz", token))
        .startsWith("HTTP/1.1 401 ")
        .endsWith(UNAUTHORIZED);
  }

  @Test
  void neverShowsASecretOrAStackTrace() throws Exception {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level level = root.getLevel();
    PrintStream stderr = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    StringBuilder answers = new StringBuilder();
    try (PrintStream log = new PrintStream(captured, true, UTF_8)) {
      System.setErr(log);
      root.setLevel(Level.TRACE);
      deployment.secrets().store(A, "https://example.net", "jira", secret(A));
      for (String path : List.of("/realm", "/tenant", "/fail", "/never", "/forward", "/nowhere")) {
        answers.append(deployment.get(A, path).body()).append(deployment.send(path, null).body());
        answers.append(deployment.send(path, token(STRANGER, "GET", path, null)).body());
        answers.append(
            deployment.send(path, new ConnectToken(B, secret(A), CLOCK).context()).body());
      }
    } finally {
      root.setLevel(level);
      System.setErr(stderr);
    }

    assertThat(captured.toString(UTF_8))
        .contains("is refused: NO_TOKEN", "\"installation\" set")
        .doesNotContain(secret(A).value())
        .doesNotContain(secret(B).value());
    assertThat(answers)
        .doesNotContain(secret(A).value())
        .doesNotContain("\tat ", "Exception", "Caused by", "dev.domicile.servlet.");
  }
}
