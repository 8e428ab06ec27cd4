package dev.domicile.servlet;

import static dev.domicile.servlet.Fleet.EU;
import static dev.domicile.servlet.Fleet.GLOBAL;
import static dev.domicile.servlet.Fleet.US;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may install and uninstall, and what that leaves behind. */
final class LifecycleServletIT {
  private static final TenantId VICTIM = new TenantId("victim");
  private static final TenantId ATTACKER = new TenantId("attacker");
  private static final URI EU_URL = URI.create("https://eu.example.com");
  private static final String FORGE = "ari:cloud:ecosystem::installation/1";
  private static final String UNAUTHORIZED =
      "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401}";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private Fleet fleet;
  private String secret;
  private String before;

  @BeforeEach
  void open() throws Exception {
    fleet = new Fleet(databases, Duration.ZERO, OtherStack.SERVE);
    secret = fleet.install(VICTIM, EU_URL).orElseThrow();
    before = rows();
    fleet.clock.advance(Duration.ofMinutes(1));
  }

  @AfterEach
  void close() throws Exception {
    fleet.close();
  }

  @Test
  void acceptsTheBaseUrlAndEveryRegionalOneAsAudience() throws Exception {
    for (String audience :
        List.of(
            "https://app.example.com",
            "https://app.example.com/",
            "https://eu.example.com",
            "https://US.example.com/")) {
      fleet.clock.advance(Duration.ofSeconds(1));
      assertThat(spoilt(call -> call.claims.audience(audience)).statusCode()).isEqualTo(204);
    }
  }

  @Test
  void refusesEveryCallThatAtlassianDidNotSignForThisTenantAndRequest() throws Exception {
    refuses(call -> call.claims.audience("https://evil.example.com"));
    refuses(call -> call.claims.audience(List.of("https://evil.example.com", Fleet.BASE_URL)));
    refuses(call -> call.claims.audience("https://app.example.com.evil.example.com"));
    refuses(call -> call.claims.audience((String) null));
    refuses(call -> call.claims.issuer(ATTACKER.clientKey()));
    refuses(call -> call.claims.issuer(null));
    refuses(call -> call.claims.issuer("com.example.app"));
    refuses(call -> call.claims.claim("qsh", null));
    refuses(call -> call.claims.claim("qsh", "context-qsh"));
    refuses(call -> call.claims.claim("qsh", CanonicalRequest.sha256("POST&/uninstalled&")));
    refuses(call -> call.claims.expirationTime(null));
    refuses(call -> call.claims.issueTime(null));
    refuses(call -> call.claims.expirationTime(at(-31)));
    refuses(call -> call.claims.notBeforeTime(at(60)));
    refuses(call -> call.claims.issueTime(at(60)));
    refuses(call -> call.key = KeyServer.rsa(2048).getPrivate());
    refuses(call -> call.kid = "another");
    refuses(call -> call.kid = "../" + LifecycleCall.KID);
    refuses(call -> call.kid = LifecycleCall.KID + "?x=1");
    refuses(call -> call.kid = "");
    assertThat(fleet.keyServer.asked()).containsExactly("/" + LifecycleCall.KID, "/another");
  }

  @Test
  void noSecretOfTheTenantSignsAnInstallation() throws Exception {
    ConnectToken product = new ConnectToken(VICTIM, new SharedSecret(secret), fleet.clock);

    refusesToken(product.sign("POST", "/installed", null));
    refusesToken(product.context());
    refusesToken(null);
    refusesToken("");
    // The published key is no secret: as one, it must sign nothing either.
    String header = "{\"alg\":\"HS256\",\"kid\":\"" + LifecycleCall.KID + "\"}";
    String claims = fleet.call("installed", VICTIM, "").claims.build().toString();
    String pem = KeyServer.pem(Fleet.ATLASSIAN.getPublic());
    refusesToken(Tokens.token(header, claims, pem));
    refusesToken(Tokens.token(header.replace("HS256", "RS256"), claims, pem));
    refusesToken(Tokens.token(header.replace("HS256", "none"), claims, pem));
  }

  @Test
  void theTokenOfAnInstallationIsNotBelievedInTheQuery() throws Exception {
    LifecycleCall call = fleet.call("installed", VICTIM, fleet.newSecret());

    HttpResponse<String> answer = fleet.send(call, "/installed?jwt=" + call.token(), EU_URL, null);

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void anInstallationOfAnotherTenantChangesNothingOfThisOne() throws Exception {
    LifecycleCall call = fleet.call("installed", ATTACKER, fleet.newSecret());
    call.body.put("clientKey", VICTIM.clientKey());

    assertThat(fleet.send(call, EU_URL).statusCode()).isEqualTo(401);
    assertThat(rows()).isEqualTo(before);
    assertThat(fleet.install(ATTACKER, EU_URL)).isPresent();
    assertThat(fleet.get(VICTIM, secret, EU_URL, "/realm").statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenThatWasUsedBringsNoOtherSecret() throws Exception {
    String upgraded = fleet.newSecret();
    LifecycleCall call = fleet.call("installed", VICTIM, upgraded);
    String token = call.token();
    assertThat(fleet.send(call, "/installed", EU_URL, token).statusCode()).isEqualTo(204);
    String after = rows();
    assertThat(fleet.send(call, "/installed", EU_URL, token).statusCode())
        .as("the same once more")
        .isEqualTo(204);

    call.body.put("sharedSecret", "a secret that the attacker knows, of 32 bytes");

    assertThat(fleet.send(call, "/installed", EU_URL, token).statusCode()).isEqualTo(401);
    assertThat(fleet.get(VICTIM, upgraded, EU_URL, "/realm").statusCode()).isEqualTo(200);
    assertThat(after).isNotEqualTo(before);
  }

  @Test
  void whatWasSignedBeforeTheLastEventComesTooLate() throws Exception {
    LifecycleCall oldInstall = fleet.call("installed", VICTIM, fleet.newSecret());
    LifecycleCall oldUninstall = fleet.call("uninstalled", VICTIM, "");
    String fresh = fleet.install(VICTIM, EU_URL).orElseThrow();

    assertThat(fleet.send(oldInstall, EU_URL).statusCode()).isEqualTo(401);
    assertThat(fleet.send(oldUninstall, EU_URL).statusCode()).isEqualTo(401);
    assertThat(fleet.get(VICTIM, fresh, EU_URL, "/realm").statusCode()).isEqualTo(200);
  }

  @Test
  void requestsInFlightAreServedWithTheSecretBeforeForFiveMinutes() throws Exception {
    String fresh = fleet.install(VICTIM, EU_URL).orElseThrow();

    assertThat(fleet.get(VICTIM, fresh, EU_URL, "/realm").statusCode()).isEqualTo(200);
    fleet.clock.advance(Duration.ofMinutes(5).minusSeconds(1));
    assertThat(fleet.get(VICTIM, secret, EU_URL, "/realm").statusCode()).isEqualTo(200);
    fleet.clock.advance(Duration.ofSeconds(1));
    assertThat(fleet.get(VICTIM, secret, EU_URL, "/realm").statusCode()).isEqualTo(401);
    assertThat(fleet.get(VICTIM, fresh, EU_URL, "/realm").statusCode()).isEqualTo(200);
  }

  @Test
  void theSecretOfAnInstallationThatEndedIsGoodForNothing() throws Exception {
    assertThat(fleet.uninstall(VICTIM, EU_URL)).isEqualTo(204);
    String fresh = fleet.install(VICTIM, EU_URL).orElseThrow();

    assertThat(fleet.get(VICTIM, secret, EU_URL, "/realm").statusCode()).isEqualTo(401);
    assertThat(fleet.get(VICTIM, fresh, EU_URL, "/realm").statusCode()).isEqualTo(200);
  }

  @Test
  void anUninstallMayComeTwiceOrForNobody() throws Exception {
    LifecycleCall call = fleet.call("uninstalled", VICTIM, "");
    String token = call.token();

    assertThat(fleet.send(call, "/uninstalled", EU_URL, token).statusCode()).isEqualTo(204);
    assertThat(fleet.send(call, "/uninstalled", EU_URL, token).statusCode()).isEqualTo(204);
    assertThat(fleet.uninstall(ATTACKER, EU_URL)).isEqualTo(204);
    assertThat(fleet.home(VICTIM)).isEmpty();
    assertThat(fleet.send(spoiltUninstall(), EU_URL).statusCode()).isEqualTo(401);
  }

  @Test
  void saysWhatIsWrongWithASignedBodyButQuotesNothingOfIt() throws Exception {
    Map<String, Consumer<ObjectNode>> faults =
        Map.of(
            "eventType is not 'installed'", body -> body.put("eventType", "uninstalled"),
            "key is not that of this app", body -> body.put("key", "com.example.other"),
            "clientKey is missing", body -> body.remove("clientKey"),
            "baseUrl is missing", body -> body.put("baseUrl", 1),
            "baseUrl is not the address of a product", body -> body.put("baseUrl", "javascript:x"),
            "productType is missing", body -> body.put("productType", " "),
            "productType is too long or not a text", body -> body.put("productType", "a\0b"),
            "sharedSecret is missing", body -> body.remove("sharedSecret"),
            "sharedSecret has fewer than 32 bytes", body -> body.put("sharedSecret", "short"));
    for (Map.Entry<String, Consumer<ObjectNode>> fault : faults.entrySet()) {
      HttpResponse<String> answer = spoilt(call -> fault.getValue().accept(call.body));

      assertThat(answer.statusCode()).as(fault.getKey()).isEqualTo(400);
      assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(answer.body()).contains("\"detail\":\"" + fault.getKey() + "\"");
    }
    assertThat(raw("[1]".getBytes(UTF_8)).body()).contains("the body is not a JSON object");
    assertThat(raw("{\"a\":1,\"a\":2}".getBytes(UTF_8)).body()).contains("the body is not JSON");
    assertThat(raw("[".repeat(5000).getBytes(UTF_8)).statusCode()).isEqualTo(400);
    assertThat(raw(new byte[0]).statusCode()).isEqualTo(400);
    assertThat(raw(new byte[64 * 1024 + 1]).statusCode()).isEqualTo(413);
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void keepsWhatForgeCallsTheInstallation() throws Exception {
    assertThat(fleet.installations.tenantOf(FORGE)).isEmpty();
    assertThat(installed(VICTIM, FORGE)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE)).contains(VICTIM);
    // Not every product says it.
    assertThat(installed(VICTIM, null)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE)).contains(VICTIM);
    assertThat(installed(VICTIM, FORGE + "2")).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE)).isEmpty();
    assertThat(fleet.installations.tenantOf(FORGE + "2")).contains(VICTIM);

    assertThat(fleet.uninstall(VICTIM, EU_URL)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE + "2")).isEmpty();
    fleet.clock.advance(Duration.ofMinutes(1));
    assertThat(installed(VICTIM, null)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE + "2")).isEmpty();
  }

  @Test
  void anotherTenantCannotTakeTheInstallationOfForge() throws Exception {
    assertThat(installed(VICTIM, FORGE)).isEqualTo(204);
    assertThat(installed(ATTACKER, FORGE)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE)).contains(VICTIM);

    assertThat(fleet.uninstall(VICTIM, EU_URL)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE)).isEmpty();
    fleet.clock.advance(Duration.ofMinutes(1));
    assertThat(installed(ATTACKER, FORGE)).isEqualTo(204);
    assertThat(fleet.installations.tenantOf(FORGE)).contains(ATTACKER);
  }

  private int installed(TenantId tenant, @Nullable String installationId) throws Exception {
    fleet.clock.advance(Duration.ofSeconds(1));
    LifecycleCall call = fleet.call("installed", tenant, fleet.newSecret());
    call.body.put("installationId", installationId);
    return fleet.send(call, EU_URL).statusCode();
  }

  @Test
  void takesNothingButPost() throws Exception {
    HttpResponse<String> answer =
        fleet.client.send(
            HttpRequest.newBuilder(fleet.app.uri("/installed")).build(), BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("POST");
  }

  @Test
  void aCallToNoAddressOfTheAppInstallsNothing() throws Exception {
    LifecycleCall call = fleet.call("installed", ATTACKER, fleet.newSecret());

    assertThat(fleet.send(call, URI.create("https://10.0.0.1")).statusCode()).isEqualTo(421);
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void installationSecretAndRouteAreOneTransaction() throws Exception {
    fleet.control.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON domicile.installation
            FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE TRIGGER refuse BEFORE UPDATE ON domicile.route
            FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE TRIGGER refuse_delete BEFORE DELETE ON domicile.route
            FOR EACH ROW EXECUTE FUNCTION refuse();
        """);

    assertThat(fleet.install(ATTACKER, EU_URL)).isEmpty();
    HttpResponse<String> answer = fleet.send(fleet.call("uninstalled", VICTIM, ""), EU_URL);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(rows()).isEqualTo(before);
    assertThat(fleet.home(ATTACKER)).isEmpty();
    assertThat(fleet.get(VICTIM, secret, EU_URL, "/realm").statusCode()).isEqualTo(200);
  }

  @Test
  void manyInstallationsOfOneTenantAtOnceLeaveOneRealmAndOneSecret() throws Exception {
    List<URI> addresses = List.of(EU_URL, URI.create("https://us.example.com"));
    List<Callable<Integer>> calls = new ArrayList<>();
    List<String> secrets = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      fleet.clock.advance(Duration.ofSeconds(1));
      secrets.add(fleet.newSecret());
      LifecycleCall call = fleet.call("installed", ATTACKER, secrets.get(i));
      URI address = addresses.get(i % 2);
      calls.add(() -> fleet.send(call, address).statusCode());
    }
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      for (Future<Integer> status : threads.invokeAll(calls)) {
        assertThat(status.get()).isIn(204, 401);
      }
    } finally {
      threads.shutdownNow();
    }

    Realm home = fleet.home(ATTACKER).orElseThrow();
    assertThat(home).isIn(EU, US);
    // The newest token always wins, in whatever order they came.
    assertThat(fleet.get(ATTACKER, secrets.get(11), EU_URL, "/realm").body())
        .isEqualTo(fleet.databaseOf(home));
    assertThat(fleet.get(ATTACKER, secrets.get(0), EU_URL, "/tenant").statusCode()).isIn(200, 401);
  }

  @Test
  void asksToComeBackWhileTheKeysAreNotThere() throws Exception {
    fleet.keyServer.misbehave(exchange -> KeyServer.send(exchange, 500, "stack trace"));

    HttpResponse<String> answer = spoilt(call -> call.kid = "new-key");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).doesNotContain("stack trace", "new-key");
    assertThat(fleet.install(VICTIM, EU_URL)).as("with the key that is known").isPresent();
  }

  @Test
  void aSecretThatCannotBeReadAnyMoreDoesNotKeepTheNextOneOut() throws Exception {
    fleet.control.execute("UPDATE domicile.installation SET shared_secret = 'not a secret'");

    String fresh = fleet.install(VICTIM, EU_URL).orElseThrow();

    assertThat(fleet.get(VICTIM, fresh, EU_URL, "/realm").statusCode()).isEqualTo(200);
    assertThat(fleet.home(VICTIM)).contains(EU);
    assertThat(fleet.home(VICTIM)).isNotEqualTo(Optional.of(GLOBAL));
  }

  private LifecycleCall spoiltUninstall() {
    LifecycleCall call = fleet.call("uninstalled", VICTIM, "");
    call.claims.claim("qsh", CanonicalRequest.sha256("POST&/installed&"));
    return call;
  }

  private void refuses(Consumer<LifecycleCall> fault) throws Exception {
    HttpResponse<String> answer = spoilt(fault);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).isEqualTo(UNAUTHORIZED);
    assertThat(rows()).isEqualTo(before);
  }

  private void refusesToken(@Nullable String token) throws Exception {
    LifecycleCall call = fleet.call("installed", VICTIM, fleet.newSecret());
    HttpResponse<String> answer = fleet.send(call, "/installed", EU_URL, token);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).isEqualTo(UNAUTHORIZED);
    assertThat(rows()).isEqualTo(before);
  }

  private HttpResponse<String> spoilt(Consumer<LifecycleCall> fault) throws Exception {
    LifecycleCall call = fleet.call("installed", VICTIM, fleet.newSecret());
    assertThat(call.key).isInstanceOf(RSAPrivateKey.class);
    fault.accept(call);
    return fleet.send(call, EU_URL);
  }

  private HttpResponse<String> raw(byte[] body) throws Exception {
    fleet.clock.advance(Duration.ofSeconds(1));
    return fleet.client.send(
        HttpRequest.newBuilder(fleet.app.uri("/installed"))
            .header("X-Forwarded-Host", "eu.example.com")
            .header("Authorization", "JWT " + fleet.call("installed", VICTIM, "").token())
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  private Date at(long seconds) {
    return Date.from(fleet.clock.instant().plusSeconds(seconds));
  }

  private String rows() {
    return fleet.control.list("SELECT i::text FROM domicile.installation i ORDER BY 1").toString()
        + fleet.control.list("SELECT r::text FROM domicile.route r ORDER BY 1");
  }
}
