package dev.domicile.servlet;

import static dev.domicile.servlet.Deployment.config;

import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyPair;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An app with an address for each of three realms, behind a proxy that says which one was called,
 * and Atlassian, who installs it.
 */
final class Fleet implements AutoCloseable {
  static final Realm GLOBAL = new Realm("GLOBAL");
  static final Realm US = new Realm("US");
  static final Realm EU = new Realm("EU");
  static final Realm AU = new Realm("AU");
  static final String BASE_URL = "https://app.example.com";
  static final BaseUrls BASE_URLS =
      new BaseUrls(
          URI.create(BASE_URL),
          Map.of(
              US, URI.create("https://us.example.com"), EU, URI.create("https://eu.example.com")));
  static final KeyPair ATLASSIAN = KeyServer.rsa(2048);

  final TestClock clock = new TestClock();
  final KeyServer keyServer;
  final Database control;
  final Map<Realm, Database> realms = new HashMap<>();
  final Router router;
  final InstallationSecrets secrets;
  final Installations installations;
  final TestApp app;
  final HttpClient client = HttpClient.newHttpClient();
  private int secretsMade;

  Fleet(TestDatabases databases, Duration memory, OtherStack otherStack) throws Exception {
    this(databases, memory, otherStack, BASE_URLS);
  }

  Fleet(TestDatabases databases, Duration memory, OtherStack otherStack, BaseUrls baseUrls)
      throws Exception {
    keyServer = new KeyServer();
    keyServer.publish(LifecycleCall.KID, KeyServer.pem(ATLASSIAN.getPublic()));
    control = databases.create("control", Deployment::createTables);
    Map<Realm, DatabaseConfig> configs = new HashMap<>();
    for (Realm realm : List.of(GLOBAL, US, EU)) {
      Database database = databases.create(realm.name().toLowerCase(Locale.ROOT));
      realms.put(realm, database);
      configs.put(realm, config(database));
    }
    router = new Router(new RouterConfig(config(control), configs));
    secrets = new InstallationSecrets(router.control(), Deployment.KEYS, clock);
    installations = new Installations(router, secrets, clock, memory);
    LifecyclePaths paths = new LifecyclePaths();
    ConnectConfig connect =
        new ConnectConfig("com.example.app", "", List.of("/page/*"), paths.signedByAtlassian());
    app =
        new TestApp(
            router,
            new TenantFilter(
                router, new ConnectAuthenticator(connect, secrets, clock), baseUrls, otherStack),
            new LifecycleServlet(
                connect,
                baseUrls,
                paths,
                new InstallKeys(keyServer.uri(), clock),
                installations,
                clock));
  }

  /**
   * The address that Atlassian calls (its documentation of data residency): that of the realm the
   * product is pinned to, or else of the realm its shard is in, if the app supports that realm.
   */
  static URI addressFor(@Nullable Realm pinned, Realm shard) {
    return BASE_URLS.of(pinned == null ? shard : pinned).orElse(BASE_URLS.baseUrl());
  }

  String newSecret() {
    return "a shared secret of 32 bytes or more: " + secretsMade++;
  }

  LifecycleCall call(String event, TenantId tenant, String secret) {
    return new LifecycleCall(
        event, tenant, secret, BASE_URL, clock.instant(), ATLASSIAN.getPrivate());
  }

  HttpResponse<String> send(LifecycleCall call, URI address) throws Exception {
    return send(call, "/" + call.event, address, call.token());
  }

  HttpResponse<String> send(LifecycleCall call, String url, URI address, @Nullable String token)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(app.uri(url))
            .header("X-Forwarded-Host", address.getAuthority())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(call.bytes()));
    if (token != null) {
      request.header("Authorization", "JWT " + token);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /** Installs, or upgrades; the secret that was sent, or nothing if it was refused. */
  Optional<String> install(TenantId tenant, URI address) throws Exception {
    // Tokens of one second are the same token, and good for one call.
    clock.advance(Duration.ofSeconds(1));
    String secret = newSecret();
    int status = send(call("installed", tenant, secret), address).statusCode();
    return status == 204 ? Optional.of(secret) : Optional.empty();
  }

  int uninstall(TenantId tenant, URI address) throws Exception {
    return send(call("uninstalled", tenant, ""), address).statusCode();
  }

  /** A signed GET that says in whose database it was served, or its status. */
  HttpResponse<String> get(TenantId tenant, String secret, URI address, String url)
      throws Exception {
    int mark = url.indexOf('?');
    String path = mark < 0 ? url : url.substring(0, mark);
    String query = mark < 0 ? null : url.substring(mark + 1);
    String token =
        new ConnectToken(tenant, new SharedSecret(secret), clock).sign("GET", path, query);
    return client.send(
        HttpRequest.newBuilder(app.uri(url))
            .header("X-Forwarded-Host", address.getAuthority())
            .header("Authorization", "JWT " + token)
            .build(),
        BodyHandlers.ofString());
  }

  Optional<Realm> home(TenantId tenant) {
    return router.routes().find(tenant).map(Route::realm);
  }

  String databaseOf(Realm realm) {
    return Objects.requireNonNull(realms.get(realm)).name();
  }

  @Override
  public void close() throws Exception {
    app.close();
    router.close();
    keyServer.close();
  }
}
