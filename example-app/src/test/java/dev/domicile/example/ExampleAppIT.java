package dev.domicile.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.domicile.router.Realm;
import dev.domicile.router.Router;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.SharedSecret;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.InstallSigner;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;

/** The app on real ports, three realms, and the product that installs and calls it. */
final class ExampleAppIT {
  private static final TenantId A = new TenantId("tenant-a");
  private static final TenantId B = new TenantId("tenant-b");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final HttpClient client = HttpClient.newHttpClient();
  private final InstallSigner signer = new InstallSigner();
  private Database control;
  private Database global;
  private Database eu;
  private Database us;
  private int globalPort;
  private int euPort;
  private int usPort;
  private ConfigurableApplicationContext app;

  @BeforeEach
  void start() throws Exception {
    control = databases.create("control");
    global = databases.create("global");
    eu = databases.create("eu");
    us = databases.create("us");
    try (ServerSocket first = new ServerSocket(0);
        ServerSocket second = new ServerSocket(0);
        ServerSocket third = new ServerSocket(0)) {
      globalPort = first.getLocalPort();
      euPort = second.getLocalPort();
      usPort = third.getLocalPort();
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--example.ports.global=" + globalPort,
                "--example.ports.eu=" + euPort,
                "--example.ports.us=" + usPort,
                "--atlassian.connect.public-key-base-url=" + signer.keysUrl()));
    arguments.addAll(database("domicile.control", control));
    arguments.addAll(database("domicile.realms.GLOBAL", global));
    arguments.addAll(database("domicile.realms.EU", eu));
    arguments.addAll(database("domicile.realms.US", us));
    app = SpringApplication.run(ExampleApp.class, arguments.toArray(String[]::new));
  }

  @AfterEach
  void stop() {
    app.close();
    signer.close();
  }

  @Test
  void eachTenantsNotesAreInItsRealmAndNowhereElse() throws Exception {
    assertThat(lifecycle("installed", A, usPort)).isEqualTo(204);
    assertThat(lifecycle("installed", B, euPort)).isEqualTo(204);

    assertThat(post(A, "a's note").body())
        .isEqualTo("{\"tenant\":\"tenant-a\",\"realm\":\"US\",\"notes\":[\"a's note\"]}");
    assertThat(post(B, "b's note").body()).contains("\"realm\":\"EU\"", "[\"b's note\"]");
    assertThat(get(A, "/notes").body()).contains("[\"a's note\"]");

    String rows = "SELECT client_key || ': ' || text FROM note";
    assertThat(us.list(rows)).containsExactly("tenant-a: a's note");
    assertThat(eu.list(rows)).containsExactly("tenant-b: b's note");
    assertThat(global.list(rows)).isEmpty();
  }

  @Test
  void thePageIsServedToAUserOfTheTenant() throws Exception {
    lifecycle("installed", B, euPort);
    post(B, "<b>");
    HttpResponse<String> page = get(B, "/page");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("kept in EU", "<li>&lt;b&gt;</li>");
  }

  @Test
  void aTokenBoundToNoRequestIsForTheScriptsOfThePageAlone() throws Exception {
    lifecycle("installed", B, euPort);
    String context = token(B).context();
    assertThat(send("/api/notes", context).statusCode()).isEqualTo(200);
    assertThat(send("/notes", context).statusCode()).isEqualTo(401);
  }

  @Test
  void aWrongHashOpensNoConnectionToARealm() throws Exception {
    lifecycle("installed", A, usPort);
    lifecycle("installed", B, euPort);
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
    lifecycle("installed", A, usPort);
    assertThat(get(B, "/notes").statusCode()).isEqualTo(401);
    assertThat(send("/notes", null).statusCode()).isEqualTo(401);
    assertThat(connectionsToRealms()).isZero();
  }

  @Test
  void aHostWithoutARouteIsRefused() throws Exception {
    lifecycle("installed", A, usPort);
    Router router = app.getBean(Router.class);
    router.routes().remove(router.routes().find(A).orElseThrow());
    await().untilAsserted(() -> assertThat(get(A, "/notes").statusCode()).isEqualTo(403));
  }

  @Test
  void installAndRouteComeAndGoTogether() throws Exception {
    String routes = "SELECT client_key || ' ' || realm || ' ' || state FROM domicile.route";
    String hosts = "SELECT client_key || ' ' || addon_installed FROM atlassian_host";
    assertThat(lifecycle("installed", A, euPort)).isEqualTo(204);
    assertThat(control.list(routes)).containsExactly("tenant-a EU ACTIVE");
    assertThat(control.list(hosts)).containsExactly("tenant-a true");

    // An upgrade that comes to another address changes nothing.
    assertThat(lifecycle("installed", A, usPort)).isEqualTo(204);
    assertThat(control.list(routes)).containsExactly("tenant-a EU ACTIVE");

    assertThat(lifecycle("uninstalled", A, euPort)).isEqualTo(204);
    assertThat(control.list(hosts)).containsExactly("tenant-a false");
    assertThat(app.getBean(Router.class).routes().list()).isEmpty();
    await().untilAsserted(() -> assertThat(get(A, "/notes").statusCode()).isIn(401, 403));

    assertThat(lifecycle("installed", A, usPort)).isEqualTo(204);
    await().untilAsserted(() -> assertThat(get(A, "/notes").body()).contains("\"realm\":\"US\""));
  }

  @Test
  void anInstallIsNotStoredWithoutItsRoute() throws Exception {
    app.getBean(Router.class).removeRealm(new Realm("EU"));
    assertThat(lifecycle("installed", B, euPort)).isGreaterThanOrEqualTo(500);
    assertThat(control.list("SELECT client_key FROM atlassian_host")).isEmpty();
    assertThat(app.getBean(Router.class).routes().list()).isEmpty();
  }

  @Test
  void anInstallSignedByNobodyIsRefused() throws Exception {
    try (InstallSigner other = new InstallSigner()) {
      String forged = other.token(A.clientKey(), address(globalPort), "/installed");
      assertThat(lifecycle("installed", A, globalPort, forged)).isEqualTo(401);
    }
    assertThat(control.list("SELECT client_key FROM atlassian_host")).isEmpty();
  }

  @Test
  void theDescriptorNamesTheAddresses() throws Exception {
    assertThat(send("/atlassian-connect.json", null).body())
        .contains("\"baseUrl\": \"" + address(globalPort), "\"EU\": \"" + address(euPort));
  }

  private int order(String filter) {
    return app.getBean(filter, FilterRegistrationBean.class).getOrder();
  }

  private long connectionsToRealms() {
    return TestDatabases.server()
        .admin()
        .number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('%s', '%s', '%s')"
                .formatted(global.name(), eu.name(), us.name()));
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
        HttpRequest.newBuilder(URI.create(address(globalPort) + "/notes"))
            .header("Authorization", "JWT " + token(tenant).sign("POST", "/notes", null))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"text\": \"" + text + "\"}"))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String path, @Nullable String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address(globalPort) + path));
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

  private static List<String> database(String prefix, Database database) {
    return List.of(
        "--" + prefix + ".url=" + database.url(),
        "--" + prefix + ".user=" + database.user(),
        "--" + prefix + ".password=" + database.password(),
        "--" + prefix + ".pool.maximum-size=2",
        "--" + prefix + ".pool.minimum-idle=0");
  }
}
