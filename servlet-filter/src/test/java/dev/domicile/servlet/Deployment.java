package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** An app in two realms with three tenants, one of which has no route, and a client for it. */
final class Deployment implements AutoCloseable {
  static final TenantId A = new TenantId("tenant-a");
  static final TenantId B = new TenantId("jira:15489595");
  static final TenantId STRANGER = new TenantId("stranger");
  static final Realm US = new Realm("US");
  static final Realm EU = new Realm("EU");
  static final InstantSource CLOCK = InstantSource.system();
  static final SecretKeys KEYS =
      SecretKeys.ofBase64("2026", Map.of("2026", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="));

  private final HttpClient client = HttpClient.newHttpClient();
  private final DatabaseConfig control;
  private final Database us;
  private final Database eu;
  private final Router router;
  private final InstallationSecrets secrets;
  private final TestApp app;

  Deployment(TestDatabases databases) throws Exception {
    control = config(databases.create("control", Deployment::createTables));
    us = databases.create("us");
    eu = databases.create("eu");
    router = new Router(routerConfig());
    secrets =
        new InstallationSecrets(
            DSL.using(control.unpooled("secrets"), SQLDialect.POSTGRES), KEYS, CLOCK);
    router.routes().add(A, US);
    router.routes().add(B, EU);
    for (TenantId tenant : List.of(A, B, STRANGER)) {
      secrets.store(tenant, "https://example.net", "jira", secret(tenant));
    }
    app = app(router, secrets);
  }

  RouterConfig routerConfig() {
    return new RouterConfig(control, Map.of(US, config(us), EU, config(eu)));
  }

  static TestApp app(Router router, SharedSecrets secrets) throws Exception {
    ConnectConfig config =
        new ConnectConfig("com.example.app", "", List.of("/page/*"), List.of("/health", "/open/*"));
    return new TestApp(
        router, new TenantFilter(router, new ConnectAuthenticator(config, secrets, CLOCK)));
  }

  /** Domicile's tables of a control database. */
  static void createTables(Database control) {
    DomicileSchema.CONTROL.migrate(config(control).unpooled("test"));
  }

  static DatabaseConfig config(Database database) {
    return new DatabaseConfig(
        database.url(),
        database.user(),
        database.password(),
        // The tests send more at once than a small pool lets wait.
        new PoolConfig(2, Duration.ofSeconds(5)).withMaximumWaiting(200));
  }

  static SharedSecret secret(TenantId tenant) {
    return new SharedSecret("the shared secret of tenant " + tenant + " is this");
  }

  static String token(TenantId tenant, String method, String path, @Nullable String query) {
    return new ConnectToken(tenant, secret(tenant), CLOCK, "account-1").sign(method, path, query);
  }

  static HttpRequest.Builder request(TestApp app, String url, @Nullable String token) {
    HttpRequest.Builder request = HttpRequest.newBuilder(app.uri(url));
    return token == null ? request : request.header("Authorization", "JWT " + token);
  }

  HttpRequest signed(TenantId tenant, String url) {
    int mark = url.indexOf('?');
    String path = mark < 0 ? url : url.substring(0, mark);
    String query = mark < 0 ? null : url.substring(mark + 1);
    return request(app, url, token(tenant, "GET", path, query)).build();
  }

  HttpResponse<String> get(TenantId tenant, String url) throws Exception {
    return client.send(signed(tenant, url), BodyHandlers.ofString());
  }

  HttpResponse<String> send(String url, @Nullable String token) throws Exception {
    return client.send(request(app, url, token).build(), BodyHandlers.ofString());
  }

  /** Past the client, which would refuse to send such a URL; the answer with its head. */
  String sendRaw(String url, String token) throws IOException {
    try (Socket socket = new Socket("localhost", app.uri("/").getPort())) {
      String head = "GET " + url + " HTTP/1.0\r\nAuthorization: JWT " + token + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  HttpClient client() {
    return client;
  }

  TestApp app() {
    return app;
  }

  Router router() {
    return router;
  }

  InstallationSecrets secrets() {
    return secrets;
  }

  Route route(TenantId tenant) {
    return router.routes().find(tenant).orElseThrow();
  }

  String databaseOf(Realm realm) {
    return realm.equals(US) ? us.name() : eu.name();
  }

  @Override
  public void close() throws Exception {
    app.close();
    router.close();
  }
}
