package dev.domicile.demo;

import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectAuthenticator;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.InstallationSecrets;
import dev.domicile.servlet.SecretKeys;
import dev.domicile.servlet.SharedSecret;
import dev.domicile.servlet.TenantFilter;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The Connect app on a real servlet container, and the product that calls it. */
final class App implements AutoCloseable {
  private static final String PATH = "/board";
  private static final String QUERY = "view=open notes";

  private final InstantSource clock = InstantSource.system();
  private final HttpClient product = HttpClient.newHttpClient();
  private final Map<TenantId, SharedSecret> secrets = new HashMap<>();
  private final Router router;
  private final InstallationSecrets installations;
  private final Server server = new Server();
  private final int port;

  App(RouterConfig config) throws Exception {
    router = new Router(config);
    installations =
        new InstallationSecrets(
            router.control(), SecretKeys.ofBase64("demo", Map.of("demo", random())), clock);
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("localhost");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    TenantFilter filter =
        new TenantFilter(
            router,
            new ConnectAuthenticator(new ConnectConfig("com.example.board"), installations, clock));
    context.addFilter(new FilterHolder(filter), "/*", EnumSet.allOf(DispatcherType.class));
    context.addServlet(new ServletHolder(new BoardServlet(router.dataSource())), PATH);
    server.setHandler(context);
    server.start();
    port = connector.getLocalPort();
  }

  /** What the product does when the app is installed: it brings a secret. */
  void install(TenantId tenant) {
    SharedSecret secret = new SharedSecret(random());
    secrets.put(tenant, secret);
    installations.store(tenant, "https://" + tenant + ".example.com", "jira", secret);
  }

  /** An answer of the app. */
  record Answer(int status, String body) {}

  /** A request that the tenant's product has signed. */
  Answer signedRequest(TenantId tenant) throws IOException, InterruptedException {
    String query = QUERY.replace(" ", "%20");
    String token =
        new ConnectToken(tenant, Objects.requireNonNull(secrets.get(tenant)), clock)
            .sign("GET", PATH, query);
    return send(request(query).header("Authorization", "JWT " + token).build());
  }

  /** The same request without a signature. */
  Answer unsignedRequest() throws IOException, InterruptedException {
    return send(request(QUERY.replace(" ", "%20")).build());
  }

  int port() {
    return port;
  }

  @Override
  public void close() throws Exception {
    server.stop();
    router.close();
  }

  private HttpRequest.Builder request(String query) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + PATH + "?" + query));
  }

  private Answer send(HttpRequest request) throws IOException, InterruptedException {
    var response = product.send(request, BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  private static String random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }
}
