package dev.domicile.servlet;

import static dev.domicile.servlet.Deployment.A;
import static dev.domicile.servlet.Deployment.B;
import static dev.domicile.servlet.Deployment.EU;
import static dev.domicile.servlet.Deployment.US;
import static dev.domicile.servlet.Deployment.request;
import static dev.domicile.servlet.Deployment.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signed requests, in the app and on their way through it. */
final class TenantFilterIT {
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
  void servesEachTenantFromTheDatabaseOfItsRealm() throws Exception {
    assertThat(deployment.get(A, "/realm").body()).isEqualTo(deployment.databaseOf(US));
    assertThat(deployment.get(B, "/realm/x%20y?b=%C3%A9+z&a%5B%5D=1&a-b=%2f").body())
        .isEqualTo(deployment.databaseOf(EU));
    assertThat(deployment.send("/realm?jwt=" + token(A, "GET", "/realm", null), null).body())
        .isEqualTo(deployment.databaseOf(US));
    assertThat(deployment.get(A, "/tenant").body())
        .isEqualTo("REQUEST tenant-a tenant-a account-1");
  }

  @Test
  void servesManyTenantsAtOnceEachFromItsOwnDatabase() {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      TenantId tenant = i % 2 == 0 ? A : B;
      answers.add(
          deployment
              .client()
              .sendAsync(deployment.signed(tenant, "/realm?i=" + i), BodyHandlers.ofString()));
    }
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i).join().body())
          .isEqualTo(i % 2 == 0 ? deployment.databaseOf(US) : deployment.databaseOf(EU));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/async-realm", "/thread-realm"})
  void borrowsFromTheTenantsRealmOnOtherThreads(String path) throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(deployment.get(A, path).body()).isEqualTo(deployment.databaseOf(US));
      assertThat(deployment.get(B, path).body()).isEqualTo(deployment.databaseOf(EU));
    }
  }

  @Test
  void saysToTryAgainWhenTheRealmGivesNoConnection() throws Exception {
    assertThat(deployment.router().removeRealm(US)).isTrue();
    deployment
        .router()
        .addRealm(
            US,
            new DatabaseConfig(
                "jdbc:postgresql://localhost:1/none",
                "nobody",
                "secret",
                new PoolConfig(1, Duration.ofSeconds(1))));

    HttpResponse<String> answer = deployment.get(A, "/realm");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).doesNotContain("Exception", "localhost", "secret");
    assertThat(deployment.get(B, "/realm").statusCode()).isEqualTo(200);
  }

  @Test
  void saysToTryAgainWhenTheFenceRefusesAWrite() throws Exception {
    HttpResponse<String> answer = deployment.get(A, "/fenced");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.body()).doesNotContain("Exception", "refused", "DM001");
  }

  @Test
  void addsNothingToAnAnswerOfWhichTheCallerHasTheFirstHalf() throws Exception {
    String answer = deployment.sendRaw("/fenced-late", token(A, "GET", "/fenced-late", null));

    assertThat(answer).startsWith("HTTP/1.1 200 ").contains("the first half");
    assertThat(answer).doesNotContain("Service Unavailable", "Exception");
  }

  @Test
  void followsTheRouteWhenItMoves() throws Exception {
    assertThat(deployment.get(A, "/realm").body()).isEqualTo(deployment.databaseOf(US));

    assertThat(deployment.router().routes().moveTo(deployment.route(A), EU)).isTrue();

    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () ->
                assertThat(deployment.get(A, "/realm").body())
                    .isEqualTo(deployment.databaseOf(EU)));
  }

  @Test
  void servesOpenPathsToAnyoneAndWithoutATenant() throws Exception {
    assertThat(deployment.send("/health", null).body()).isEqualTo("REQUEST nobody null null");
    assertThat(deployment.get(A, "/health").body()).isEqualTo("REQUEST nobody null null");
  }

  @Test
  void leavesTheBodyOfAFormToTheServlet() throws Exception {
    HttpResponse<String> answer =
        deployment
            .client()
            .send(
                request(deployment.app(), "/form", token(A, "POST", "/form", null))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("field=value&jwt=x"))
                    .build(),
                BodyHandlers.ofString());

    assertThat(answer.body()).isEqualTo("value");
  }

  @ParameterizedTest
  @CsvSource({
    "/forward, FORWARD, 200",
    "/async, ASYNC, 200",
    "/fail, ERROR, 500",
    "/never, ERROR, 500",
  })
  void staysInScopeInWhateverTheRequestIsDispatchedTo(String path, String type, int status)
      throws Exception {
    HttpResponse<String> answer = deployment.get(A, path);

    assertThat(answer.body()).isEqualTo(type + " tenant-a tenant-a account-1");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(deployment.get(B, "/tenant").body()).startsWith("REQUEST jira:15489595 ");
  }
}
