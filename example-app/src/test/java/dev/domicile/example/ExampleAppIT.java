package dev.domicile.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.SharedSecret;
import dev.domicile.testkit.InstallSigner;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;

/** The app on real ports, three realms, and the product that installs and calls it. */
final class ExampleAppIT {
  private static final TenantId A = new TenantId("tenant-a");
  private static final TenantId B = new TenantId("tenant-b");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final HttpClient client = HttpClient.newHttpClient();
  private final InstallSigner signer = new InstallSigner();
  private RunningExample app;

  @BeforeEach
  void start() throws Exception {
    app = new RunningExample(databases, signer.keysUrl().toString());
  }

  @AfterEach
  void stop() {
    app.close();
    signer.close();
  }

  @Test
  void eachTenantsNotesAreInItsRealmAndNowhereElse() throws Exception {
    assertThat(lifecycle("installed", A, app.usPort)).isEqualTo(204);
    assertThat(lifecycle("installed", B, app.euPort)).isEqualTo(204);

    assertThat(post(A, "a's note").body())
        .isEqualTo("{\"tenant\":\"tenant-a\",\"notes\":[\"a's note\"]}");
    assertThat(post(B, "b's note").body()).contains("[\"b's note\"]");
    assertThat(realm(get(A, "/notes"))).contains("US");
    assertThat(realm(get(B, "/notes"))).contains("EU");
    assertThat(get(A, "/notes").body()).contains("[\"a's note\"]");

    String rows = "SELECT client_key || ': ' || text FROM note";
    assertThat(app.us.list(rows)).containsExactly("tenant-a: a's note");
    assertThat(app.eu.list(rows)).containsExactly("tenant-b: b's note");
    assertThat(app.global.list(rows)).isEmpty();
  }

  @Test
  void thePageIsServedToAUserOfTheTenant() throws Exception {
    lifecycle("installed", B, app.euPort);
    post(B, "<b>");
    HttpResponse<String> page = get(B, "/page");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("kept in EU", "<li>&lt;b&gt;</li>");
  }

  @Test
  void aTokenBoundToNoRequestIsForTheScriptsOfThePageAlone() throws Exception {
    lifecycle("installed", B, app.euPort);
    String context = token(B).context();
    assertThat(send("/api/notes", context).statusCode()).isEqualTo(200);
    assertThat(send("/notes", context).statusCode()).isEqualTo(401);
  }

  @Test
  void aWrongHashOpensNoConnectionToARealm() throws Exception {
    lifecycle("installed", A, app.usPort);
    lifecycle("installed", B, app.euPort);
    assertThat(connectionsToRealms()).isZero();

    String other = token(A).sign("GET", "/page", null);
    assertThat(send("/notes", other).statusCode()).isEqualTo(401);
    assertThat(send("/notes?x=1", token(A).sign("GET", "/notes", null)).statusCode())
        .isEqualTo(401);
    assertThat(send("/installed", other).statusCode()).isIn(401, 404, 405);
    assertThat(connectionsToRealms()).isZero();

    assertThat(get(A, "/notes").statusCode()).isEqualTo(200);
    assertThat(connectionsToRealms()).isEqualTo(1);
  }

  @Test
  void theTenantFilterIsBehindAtlassiansFilters() {
    assertThat(order("domicileTenantFilter"))
        .isGreaterThan(order("jwtAuthenticationFilterRegistrationBean"))
        .isGreaterThan(order("forgeInvocationTokenAuthenticationFilterRegistrationBean"));
  }

  @Test
  void aTenantThatIsNotKnownIsRefused() throws Exception {
    lifecycle("installed", A, app.usPort);
    assertThat(get(B, "/notes").statusCode()).isEqualTo(401);
    assertThat(send("/notes", null).statusCode()).isEqualTo(401);
    assertThat(connectionsToRealms()).isZero();
  }

  @Test
  void aHostWithoutARouteIsRefused() throws Exception {
    lifecycle("installed", A, app.usPort);
    Router router = app.context.getBean(Router.class);
    router.routes().remove(router.routes().find(A).orElseThrow());
    await().untilAsserted(() -> assertThat(get(A, "/notes").statusCode()).isEqualTo(403));
  }

  @Test
  void installAndRouteComeAndGoTogether() throws Exception {
    String routes = "SELECT client_key || ' ' || realm || ' ' || state FROM domicile.route";
    String hosts = "SELECT client_key || ' ' || addon_installed FROM atlassian_host";
    assertThat(lifecycle("installed", A, app.euPort)).isEqualTo(204);
    assertThat(app.control.list(routes)).containsExactly("tenant-a EU ACTIVE");
    assertThat(app.control.list(hosts)).containsExactly("tenant-a true");

    // An upgrade that comes to another address changes nothing.
    assertThat(lifecycle("installed", A, app.usPort)).isEqualTo(204);
    assertThat(app.control.list(routes)).containsExactly("tenant-a EU ACTIVE");

    assertThat(lifecycle("uninstalled", A, app.euPort)).isEqualTo(204);
    assertThat(app.control.list(hosts)).containsExactly("tenant-a false");
    assertThat(app.context.getBean(Router.class).routes().list()).isEmpty();
    await().untilAsserted(() -> assertThat(get(A, "/notes").statusCode()).isIn(401, 403));

    assertThat(lifecycle("installed", A, app.usPort)).isEqualTo(204);
    await().untilAsserted(() -> assertThat(realm(get(A, "/notes"))).contains("US"));
  }

  @Test
  void anInstallIsNotStoredWithoutItsRoute() throws Exception {
    app.context.getBean(Router.class).removeRealm(new Realm("EU"));
    assertThat(lifecycle("installed", B, app.euPort)).isGreaterThanOrEqualTo(500);
    assertThat(app.control.list("SELECT client_key FROM atlassian_host")).isEmpty();
    assertThat(app.context.getBean(Router.class).routes().list()).isEmpty();
  }

  @Test
  void anInstallSignedByNobodyIsRefused() throws Exception {
    try (InstallSigner other = new InstallSigner()) {
      String forged = other.token(A.clientKey(), address(app.globalPort), "/installed");
      assertThat(lifecycle("installed", A, app.globalPort, forged)).isEqualTo(401);
    }
    assertThat(app.control.list("SELECT client_key FROM atlassian_host")).isEmpty();
  }

  @Test
  void aTokenOfOneTenantInstallsNoOther() throws Exception {
    String own = signer.token(B.clientKey(), address(app.euPort), "/installed");
    assertThat(lifecycle("installed", A, app.euPort, own)).isEqualTo(401);
    String elsewhere = signer.token(A.clientKey(), address(app.euPort), "/uninstalled");
    assertThat(lifecycle("installed", A, app.euPort, elsewhere)).isEqualTo(401);
    assertThat(app.control.list("SELECT client_key FROM atlassian_host")).isEmpty();
    assertThat(lifecycle("installed", B, app.euPort, own)).isEqualTo(204);
  }

  @Test
  void theDescriptorNamesTheAddresses() throws Exception {
    assertThat(send("/atlassian-connect.json", null).body())
        .contains("\"baseUrl\": \"" + address(app.globalPort), "\"EU\": \"" + address(app.euPort));
  }

  @Test
  void aWriteThatTheFenceRefusesIsToBeTriedAgain() throws Exception {
    lifecycle("installed", A, app.usPort);
    post(A, "before");
    app.us.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'DM001'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION refuse();
        """);

    HttpResponse<String> answer = post(A, "during");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(get(A, "/notes").body()).contains("[\"before\"]");
  }

  private static Optional<String> realm(HttpResponse<String> answer) {
    return answer.headers().firstValue("X-Realm");
  }

  private int order(String filter) {
    return app.context.getBean(filter, FilterRegistrationBean.class).getOrder();
  }

  private long connectionsToRealms() {
    return TestDatabases.server()
        .admin()
        .number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('%s', '%s', '%s')"
                .formatted(app.global.name(), app.eu.name(), app.us.name()));
  }

  private int lifecycle(String event, TenantId tenant, int port) throws Exception {
    return lifecycle(
        event, tenant, port, signer.token(tenant.clientKey(), address(port), "/" + event));
  }

  private int lifecycle(String event, TenantId tenant, int port, String token) throws Exception {
    String body =
        """
        {"eventType": "%s", "key": "com.example.notes", "clientKey": "%s", "sharedSecret": "%s",
         "baseUrl": "https://site.example.com", "productType": "jira"}
        """
            .formatted(event, tenant, secret(tenant).value());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address(port) + "/" + event))
            .header("Authorization", "JWT " + token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString()).statusCode();
  }

  private HttpResponse<String> get(TenantId tenant, String path) throws Exception {
    return send(path, token(tenant).sign("GET", path, null));
  }

  private HttpResponse<String> post(TenantId tenant, String text) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address(app.globalPort) + "/notes"))
            .header("Authorization", "JWT " + token(tenant).sign("POST", "/notes", null))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"text\": \"" + text + "\"}"))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String path, @Nullable String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address(app.globalPort) + path));
    if (token != null) {
      request.header("Authorization", "JWT " + token);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static ConnectToken token(TenantId tenant) {
    return new ConnectToken(tenant, secret(tenant), InstantSource.system());
  }

  private static SharedSecret secret(TenantId tenant) {
    return new SharedSecret("the shared secret of tenant " + tenant + " is this");
  }

  private static String address(int port) {
    return "http://localhost:" + port;
  }
}
