package dev.domicile.servlet.hooks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectAuthenticator;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.InstallationSecrets;
import dev.domicile.servlet.SecretKeys;
import dev.domicile.servlet.SharedSecret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** One node of an app on a real port that answers hooks and nothing else, and its caller. */
final class Node implements AutoCloseable {
  static final String PATH = "/migration";
  static final ConnectConfig APP =
      new ConnectConfig(
          "com.example.app", "", List.of("/page/*", PATH + "/*"), List.of(PATH + "/*", "/forge/*"));

  private static final SecretKeys KEYS =
      SecretKeys.ofBase64("2026", Map.of("2026", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="));
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  final MigrationHooks hooks;
  private final Server server = new Server(0);
  private final ServletContextHandler context = new ServletContextHandler("/");
  private final int port;

  Node(MigratorConfig migrator, HookConfig config, String name, InstantSource clock)
      throws Exception {
    hooks = new MigrationHooks(migrator, config, name, clock);
    InstallationSecrets secrets = secrets(migrator.control());
    mount(
        new HookServlet(
            APP,
            PATH,
            new ConnectAuthenticator(APP, secrets, InstantSource.system()).forHooks(),
            hooks),
        PATH);
    server.setHandler(context);
    server.start();
    port = server.getURI().getPort();
  }

  static InstallationSecrets secrets(DatabaseConfig control) {
    return new InstallationSecrets(
        DSL.using(control.unpooled("secrets"), SQLDialect.POSTGRES), KEYS, InstantSource.system());
  }

  static SharedSecret secret(TenantId tenant) {
    return new SharedSecret("the shared secret of tenant " + tenant + " is this");
  }

  void mount(HookServlet servlet, String path) {
    context.addServlet(new ServletHolder(servlet), path + "/*");
  }

  int port() {
    return port;
  }

  Answer post(TenantId tenant, String hook, String body) throws Exception {
    return post(port, tenant, hook, body);
  }

  Answer status(TenantId tenant) throws Exception {
    return send(port, tenant, "GET", "status", null, "");
  }

  Answer status(TenantId tenant, long migrationId) throws Exception {
    return send(port, tenant, "GET", "status", "migrationId=" + migrationId, "");
  }

  static Answer post(int port, TenantId tenant, String hook, String body) throws Exception {
    return send(port, tenant, "POST", hook, null, body);
  }

  static Answer send(
      int port, TenantId tenant, String method, String hook, @Nullable String query, String body)
      throws Exception {
    String path = PATH + "/" + hook;
    String token =
        new ConnectToken(tenant, secret(tenant), InstantSource.system()).sign(method, path, query);
    return send(port, method, path + (query == null ? "" : "?" + query), "JWT " + token, body);
  }

  static Answer send(int port, String method, String url, String credentials, String body)
      throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + port + url))
                .header("Authorization", credentials)
                .method(
                    method,
                    body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  @Override
  public void close() throws Exception {
    server.stop();
    hooks.close();
  }

  /** What a hook answered. */
  record Answer(int status, String text) {
    JsonNode json() {
      try {
        return JSON.readTree(text);
      } catch (IOException e) {
        throw new IllegalStateException(text, e);
      }
    }

    String word() {
      return json().path("status").asText();
    }

    String code() {
      return json().path("errorResponseCode").asText();
    }
  }
}
