package dev.domicile.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * A small app in memory that speaks the protocol rightly, but for the defects it is told to have.
 * Each realm has a port of its own; the one of EU is under a path.
 */
final class FixtureApp implements AutoCloseable {
  static final Duration SLOW = Duration.ofMillis(1_800);

  private static final String HOOKS = "/residency";

  private final Set<Defect> defects;
  private final FixtureTokens tokens;
  private final JsonMapper json = new JsonMapper();
  private final Server server = new Server();
  private final Map<Integer, String> realms = new ConcurrentHashMap<>();
  private final Map<String, URI> baseUrls = new LinkedHashMap<>();
  private final Map<String, FixtureTenant> tenants = new ConcurrentHashMap<>();
  private volatile @Nullable FixtureTenant latest;

  FixtureApp(Set<Defect> defects, URI keys) throws Exception {
    this.defects = defects;
    this.tokens = new FixtureTokens(defects, keys);
    server.setHandler(new App());
    Map<String, ServerConnector> connectors = new LinkedHashMap<>();
    for (String realm : new String[] {Descriptor.GLOBAL, "EU", "US"}) {
      ServerConnector connector = new ServerConnector(server, 1, 1);
      connector.setHost("localhost");
      server.addConnector(connector);
      connectors.put(realm, connector);
    }
    server.start();
    connectors.forEach(
        (realm, connector) -> {
          int port = connector.getLocalPort();
          realms.put(port, realm);
          String path = realm.equals("EU") ? "/eu-stack" : "";
          baseUrls.put(realm, URI.create("http://localhost:" + port + path));
        });
  }

  URI baseUrl() {
    return baseUrl(Descriptor.GLOBAL);
  }

  private URI baseUrl(String realm) {
    return Objects.requireNonNull(baseUrls.get(realm));
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }

  private final class App extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      Reply reply = answer(request, Content.Source.asString(request));
      response.setStatus(reply.status());
      reply.headers().forEach((name, value) -> response.getHeaders().put(name, value));
      Content.Sink.write(response, true, reply.body(), callback);
      return true;
    }
  }

  private Reply answer(Request request, String body) {
    String realm = Objects.requireNonNull(realms.get(Request.getLocalPort(request)));
    String base = baseUrl(realm).getPath();
    String path = request.getHttpURI().getPath();
    if (!path.startsWith(base)) {
      return Reply.of(404);
    }
    path = path.substring(base.length());
    if (path.equals("/atlassian-connect.json")) {
      return Reply.json(200, descriptor());
    }
    if (path.equals("/installed") || path.equals("/uninstalled")) {
      return lifecycle(request, realm, path, parse(body));
    }
    return authenticated(request, realm, path)
        .map(tenant -> serve(tenant, request, realm, request.getHttpURI().getPath(), body))
        .orElse(Reply.of(401));
  }

  private Reply serve(
      FixtureTenant tenant, Request request, String realm, String fullPath, String body) {
    String path = fullPath.substring(baseUrl(realm).getPath().length());
    boolean get = request.getMethod().equals("GET");
    if (path.equals("/notes") && get && defects.contains(Defect.ENDLESS_ANSWER)) {
      return Reply.json(200, " ".repeat(BoundedBody.LIMIT + 1));
    }
    if (path.equals("/notes")) {
      return get ? tenant.read(realm) : tenant.write(realm, body);
    }
    for (Hook hook : Hook.values()) {
      if (path.equals(HOOKS + hook.path())) {
        boolean published = request.getMethod().equals(hook.method());
        return published || defects.contains(Defect.ANY_METHOD)
            ? hook(tenant, hook, body)
            : Reply.of(405);
      }
    }
    return Reply.of(404);
  }

  private Reply hook(FixtureTenant tenant, Hook hook, String body) {
    JsonNode parsed = parse(body);
    boolean hasBody = hook == Hook.SCHEDULE || hook == Hook.START;
    if (hasBody && !parsed.isObject()) {
      return Reply.of(defects.contains(Defect.FAILS_ON_BAD_BODY) ? 500 : 400);
    }
    if (defects.contains(Defect.REFUSES_UNKNOWN_FIELDS) && parsed.has("unknown")) {
      return Reply.of(400);
    }
    if (hook == Hook.COMMIT && defects.contains(Defect.SLOW_COMMIT)) {
      FixtureTenant.pause(SLOW);
    }
    return switch (hook) {
      case SCHEDULE -> tenant.schedule(parsed);
      case START -> tenant.start(parsed);
      case STATUS -> tenant.status();
      case COMMIT -> tenant.commit();
      case ROLLBACK -> tenant.rollback();
    };
  }

  private Optional<FixtureTenant> authenticated(Request request, String realm, String path) {
    Optional<String> token = token(request);
    if (token.isEmpty()) {
      boolean open = path.startsWith(HOOKS) && defects.contains(Defect.ACCEPTS_UNSIGNED);
      return open ? Optional.ofNullable(latest) : Optional.empty();
    }
    String issuer = FixtureTokens.issuer(token.get()).orElse("");
    FixtureTenant tenant = tenants.get(issuer);
    if (tenant == null) {
      return defects.contains(Defect.TRUSTS_UNKNOWN_TENANTS)
          ? Optional.of(new FixtureTenant(defects, baseUrls.keySet(), realm, ""))
          : Optional.empty();
    }
    if (defects.contains(Defect.TENANT_UNKNOWN_AT_NEW_HOST) && !tenant.hosts.contains(realm)) {
      return Optional.empty();
    }
    return tokens.isOfTenant(token.get(), tenant.secret, hash(request, realm))
        ? Optional.of(tenant)
        : Optional.empty();
  }

  private Reply lifecycle(Request request, String realm, String path, JsonNode body) {
    String clientKey = body.path("clientKey").asText("");
    Set<String> audiences =
        baseUrls.values().stream().map(URI::toString).collect(Collectors.toSet());
    String token = token(request).orElse("");
    if (!tokens.isLifecycle(token, clientKey, hash(request, realm), audiences)) {
      return Reply.of(401);
    }
    if (path.equals("/installed")) {
      String home = defects.contains(Defect.IGNORES_REGION_URL) ? Descriptor.GLOBAL : realm;
      String secret = body.path("sharedSecret").asText();
      if (defects.contains(Defect.FORGETS_ON_UPGRADE)) {
        tenants.remove(clientKey);
      }
      FixtureTenant tenant =
          tenants.computeIfAbsent(
              clientKey, k -> new FixtureTenant(defects, baseUrls.keySet(), home, secret));
      tenant.secret = secret;
      tenant.hosts.add(realm);
      latest = tenant;
    }
    return Reply.of(204);
  }

  private String hash(Request request, String realm) {
    URI uri = URI.create("http://localhost" + request.getHttpURI().getPathQuery());
    return QueryStringHash.of(request.getMethod(), uri, baseUrl(realm));
  }

  private static Optional<String> token(Request request) {
    return Optional.ofNullable(request.getHeaders().get("Authorization"))
        .filter(value -> value.startsWith("JWT "))
        .map(value -> value.substring("JWT ".length()));
  }

  private JsonNode parse(String body) {
    try {
      return json.readTree(body);
    } catch (JsonProcessingException e) {
      return json.missingNode();
    }
  }

  String descriptor() {
    return String.format(
        Locale.ROOT,
        "{\"key\":\"com.example.fixture\",\"baseUrl\":\"%s\","
            + "\"regionBaseUrls\":{\"EU\":\"%s\",\"US\":\"%s\"},"
            + "\"authentication\":{\"type\":\"jwt\"},"
            + "\"lifecycle\":{\"installed\":\"/installed\",\"uninstalled\":\"/uninstalled\","
            + "\"dare-migration\":\"%s\"},"
            + "\"dataResidency\":{\"maxMigrationDurationHours\":%s}}",
        baseUrls.get(Descriptor.GLOBAL),
        baseUrls.get("EU"),
        baseUrls.get("US"),
        HOOKS,
        defects.contains(Defect.BAD_DURATION) ? "0.7" : "1.5");
  }
}
