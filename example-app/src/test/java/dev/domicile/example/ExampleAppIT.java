package dev.domicile.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.domicile.router.DatabaseConfig;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;

/**
 * The app on real ports, three realms, and the product that installs and calls it. The app is
 * started once; each test has tenants of its own.
 */
final class ExampleAppIT {
  @RegisterExtension static final TestDatabases DATABASES = TestDatabases.ofClass();

  private static final AtomicInteger TESTS = new AtomicInteger();
  private static InstallSigner signer;
  private static RunningExample shared;

  private final int test = TESTS.incrementAndGet();
  private final TenantId a = new TenantId("tenant-a-" + test);
  private final TenantId b = new TenantId("tenant-b-" + test);
  private final HttpClient client = HttpClient.newHttpClient();
  private RunningExample app;

  @BeforeAll
  static void start() throws Exception {
    signer = new InstallSigner();
    shared = new RunningExample(DATABASES, signer.keysUrl().toString());
  }

  @BeforeEach
  void use() {
    app = shared;
  }

  @AfterAll
  static void stop() {
    shared.close();
    signer.close();
  }

  @Test
  void eachTenantsNotesAreInItsRealmAndNowhereElse() throws Exception {
    assertThat(lifecycle("installed", a, app.usPort)).isEqualTo(204);
    assertThat(lifecycle("installed", b, app.euPort)).isEqualTo(204);

    assertThat(post(a, "a's note").body())
        .isEqualTo("{\"tenant\":\"" + a + "\",\"notes\":[\"a's note\"]}");
    assertThat(post(b, "b's note").body()).contains("[\"b's note\"]");
    assertThat(realm(get(a, "/notes"))).contains("US");
    assertThat(realm(get(b, "/notes"))).contains("EU");
    assertThat(get(a, "/notes").body()).contains("[\"a's note\"]");

    String rows =
        "SELECT client_key || ': ' || text FROM note WHERE client_key IN ('%s', '%s')"
            .formatted(a, b);
    assertThat(app.us.list(rows)).containsExactly(a + ": a's note");
    assertThat(app.eu.list(rows)).containsExactly(b + ": b's note");
    assertThat(app.global.list(rows)).isEmpty();
  }

  @Test
  void thePageIsServedToAUserOfTheTenant() throws Exception {
    lifecycle("installed", b, app.euPort);
    post(b, "<b>");
    HttpResponse<String> page = get(b, "/page");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("kept in EU", "<li>&lt;b&gt;</li>");
  }

  @Test
  void aTokenBoundToNoRequestIsForTheScriptsOfThePageAlone() throws Exception {
    lifecycle("installed", b, app.euPort);
    String context = token(b).context();
    assertThat(send("/api/notes", context).statusCode()).isEqualTo(200);
    assertThat(send("/notes", context).statusCode()).isEqualTo(401);
  }

  /** In an app that has opened none yet. */
  @Test
  void whoIsRefusedOpensNoConnectionToARealm() throws Exception {
    try (RunningExample fresh = new RunningExample(DATABASES, signer.keysUrl().toString())) {
      app = fresh;
      lifecycle("installed", a, app.usPort);
      assertThat(connectionsToRealms()).isZero();

      String other = token(a).sign("GET", "/page", null);
      assertThat(send("/notes", other).statusCode()).isEqualTo(401);
      assertThat(send("/notes?x=1", token(a).sign("GET", "/notes", null)).statusCode())
          .isEqualTo(401);
      assertThat(send("/installed", other).statusCode()).isIn(401, 404, 405);
      assertThat(get(b, "/notes").statusCode()).as("not installed").isEqualTo(401);
      assertThat(send("/notes", null).statusCode()).isEqualTo(401);
      assertThat(connectionsToRealms()).isZero();

      assertThat(get(a, "/notes").statusCode()).isEqualTo(200);
      assertThat(connectionsToRealms()).isEqualTo(1);
    }
  }

  @Test
  void theTenantFilterIsBehindAtlassiansFilters() {
    assertThat(order("domicileTenantFilter"))
        .isGreaterThan(order("jwtAuthenticationFilterRegistrationBean"))
        .isGreaterThan(order("forgeInvocationTokenAuthenticationFilterRegistrationBean"));
  }

  @Test
  void aHostWithoutARouteIsRefused() throws Exception {
    lifecycle("installed", a, app.usPort);
    router().routes().remove(router().routes().find(a).orElseThrow());
    await().untilAsserted(() -> assertThat(get(a, "/notes").statusCode()).isEqualTo(403));
  }

  @Test
  void installAndRouteComeAndGoTogether() throws Exception {
    String routes =
        "SELECT realm || ' ' || state FROM domicile.route WHERE client_key = '" + a + "'";
    String hosts = "SELECT addon_installed FROM atlassian_host WHERE client_key = '" + a + "'";
    assertThat(lifecycle("installed", a, app.euPort)).isEqualTo(204);
    assertThat(app.control.list(routes)).containsExactly("EU ACTIVE");
    assertThat(app.control.list(hosts)).containsExactly("t");

    // An upgrade that comes to another address changes nothing.
    assertThat(lifecycle("installed", a, app.usPort)).isEqualTo(204);
    assertThat(app.control.list(routes)).containsExactly("EU ACTIVE");

    assertThat(lifecycle("uninstalled", a, app.euPort)).isEqualTo(204);
    assertThat(app.control.list(hosts)).containsExactly("f");
    assertThat(router().routes().find(a)).isEmpty();
    await().untilAsserted(() -> assertThat(get(a, "/notes").statusCode()).isIn(401, 403));

    assertThat(lifecycle("installed", a, app.usPort)).isEqualTo(204);
    await().untilAsserted(() -> assertThat(realm(get(a, "/notes"))).contains("US"));
  }

  @Test
  void anInstallIsNotStoredWithoutItsRoute() throws Exception {
    Realm eu = new Realm("EU");
    router().removeRealm(eu);
    try {
      assertThat(lifecycle("installed", b, app.euPort)).isGreaterThanOrEqualTo(500);
      assertThat(host(b)).isEmpty();
      assertThat(router().routes().find(b)).isEmpty();
    } finally {
      router().addRealm(eu, new DatabaseConfig(app.eu.url(), app.eu.user(), app.eu.password()));
    }
  }

  @Test
  void anInstallSignedByNobodyIsRefused() throws Exception {
    try (InstallSigner other = new InstallSigner()) {
      String forged = other.token(a.clientKey(), address(app.globalPort), "/installed");
      assertThat(lifecycle("installed", a, app.globalPort, forged)).isEqualTo(401);
    }
    assertThat(host(a)).isEmpty();
  }

  @Test
  void aTokenOfOneTenantInstallsNoOther() throws Exception {
    String own = signer.token(b.clientKey(), address(app.euPort), "/installed");
    assertThat(lifecycle("installed", a, app.euPort, own)).isEqualTo(401);
    String elsewhere = signer.token(a.clientKey(), address(app.euPort), "/uninstalled");
    assertThat(lifecycle("installed", a, app.euPort, elsewhere)).isEqualTo(401);
    assertThat(host(a)).isEmpty();
    assertThat(lifecycle("installed", b, app.euPort, own)).isEqualTo(204);
  }

  @Test
  void theDescriptorNamesTheAddresses() throws Exception {
    assertThat(send("/atlassian-connect.json", null).body())
        .contains("\"baseUrl\": \"" + address(app.globalPort), "\"EU\": \"" + address(app.euPort));
  }

  @Test
  void aWriteThatTheFenceRefusesIsToBeTriedAgain() throws Exception {
    lifecycle("installed", a, app.usPort);
    post(a, "before");
    app.us.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'DM001'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON note FOR EACH ROW WHEN (NEW.client_key = '%s')
          EXECUTE FUNCTION refuse();
        """
            .formatted(a));

    HttpResponse<String> answer = post(a, "during");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(get(a, "/notes").body()).contains("[\"before\"]");
  }

  private static Optional<String> realm(HttpResponse<String> answer) {
    return answer.headers().firstValue("X-Realm");
  }

  private List<String> host(TenantId tenant) {
    return app.control.list(
        "SELECT client_key FROM atlassian_host WHERE client_key = '" + tenant + "'");
  }

  private Router router() {
    return app.context.getBean(Router.class);
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
