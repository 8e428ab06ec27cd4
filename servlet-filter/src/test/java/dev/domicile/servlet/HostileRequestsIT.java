package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.nimbusds.jose.util.Base64URL;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Malformed and tampered requests over real HTTP, to the filter and to the lifecycle. */
final class HostileRequestsIT {
  private static final int REQUESTS = Integer.getInteger("domicile.test.requests", 20_000);
  private static final TenantId TENANT = new TenantId("tenant-a");
  private static final URI EU_URL = URI.create("https://eu.example.com");
  private static final String URL = "/realm/x?a=1&b=two&a=%C3%A9";
  private static final String ALPHABET =
      "aZ09-_.=%&+;/?:{}[]\",\\ |^`<>@\u00e9\u0663\ud83d\ude00\t\u0001";
  private static final PrivateKey OTHER_KEY = KeyServer.rsa(2048).getPrivate();
  private static final String[] HEADERS = {
    "{\"alg\":\"HS256\"}",
    "{\"alg\":\"RS256\",\"kid\":\"%s\"}",
    "{\"alg\":\"none\"}",
    "{}",
    "[]",
    "null",
    "{\"alg\":\"HS256\",\"crit\":[\"x\"]}",
    "{\"alg\":\"RS256\"}",
    "{\"alg\":\"RS256\",\"kid\":1}",
    "{\"alg\":\"RS256\",\"kid\":\"../x\"}",
    "{\"alg\":\"RS256\",\"kid\":\"made-up\"}",
    "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
    "{\"alg\":\"ES256\",\"kid\":\"%s\"}"
  };
  private static final String[] VALUES = {
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "true",
    "\"\"",
    "[]",
    "{}",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "0.5",
    "x",
    "\"context-qsh\"",
    "[[[[]]]]",
    "\"tenant-a\"",
    "\"com.example.app\""
  };

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.domicile");
  private Fleet fleet;
  private String secret;
  private String installed;
  private String uninstalled;

  @BeforeEach
  void open() throws Exception {
    fleet = new Fleet(databases, Duration.ZERO, OtherStack.SERVE);
    secret = fleet.install(TENANT, EU_URL).orElseThrow();
    installed = fleet.call("installed", TENANT, "").token();
    uninstalled = fleet.call("uninstalled", TENANT, "").token();
    logger.setLevel(Level.DEBUG);
    System.setErr(new PrintStream(log, true, UTF_8));
  }

  @AfterEach
  void close() throws Exception {
    System.setErr(stderr);
    logger.setLevel(null);
    fleet.close();
  }

  @Test
  void noneIsBelievedNoneBreaksAnythingAndNoneLearnsAnything() throws Exception {
    System.out.println("-Ddomicile.test.seed=" + seed);
    String before = rows();
    try (RawClient client = new RawClient(fleet.app.uri("/").getPort())) {
      for (int i = 0; i < REQUESTS; i++) {
        String head = random.nextBoolean() ? toTheFilter() : toTheLifecycle();
        byte[] body = head.startsWith("POST") ? body() : new byte[0];
        RawClient.Answer answer = client.send(head, body);
        assertThat(answer.status()).as("seed %s: %s", seed, shown(head)).isBetween(400, 499);
        assertThat(answer.text())
            .as("seed %s: %s", seed, shown(head))
            .doesNotContain("\tat ", "Exception", "Caused by", "dev.domicile", secret);
      }
    }
    assertThat(rows()).isEqualTo(before);
    assertThat(fleet.get(TENANT, secret, EU_URL, "/realm").statusCode()).isEqualTo(200);
    assertThat(fleet.install(TENANT, EU_URL)).as("with the key that is known").isPresent();
    assertThat(fleet.keyServer.asked().size()).isLessThan(20);
    assertThat(log.toString(UTF_8).contains("is refused: ")).isTrue();
    assertThat(log.toString(UTF_8).contains(secret)).isFalse();
    assertThat(log.toString(UTF_8).contains("\tat ")).isFalse();
  }

  private String toTheFilter() {
    String good =
        new ConnectToken(TENANT, new SharedSecret(secret), fleet.clock)
            .sign("GET", "/realm/x", URL.substring(URL.indexOf('?') + 1));
    return switch (random.nextInt(4)) {
      case 0 -> head("GET", URL, mutated(good, text -> text.strip().equals(good)));
      case 1 -> head("GET", mutatedUrl(), good);
      case 2 -> head("GET", URL, forged("GET&/realm/x&a=1,%C3%A9&b=two"));
      default -> head(pick("POST", "PUT", "DELETE", "PATCH"), URL, good);
    };
  }

  private String toTheLifecycle() {
    boolean install = random.nextBoolean();
    String url = install ? "/installed" : "/uninstalled";
    String good = install ? installed : uninstalled;
    return switch (random.nextInt(10)) {
      case 0 -> head("POST", url, wronglySigned(url.substring(1)));
      case 1, 2, 3 ->
          head("POST", mutated(url, text -> canonical(text).equals(canonical(url))), good);
      case 4, 5, 6 -> head("POST", url, forged("POST&" + url + "&"));
      default -> head("POST", url, mutated(good, text -> text.strip().equals(good)));
    };
  }

  private String wronglySigned(String event) {
    LifecycleCall call = fleet.call(event, TENANT, fleet.newSecret());
    if (random.nextBoolean()) {
      call.key = OTHER_KEY;
      call.kid = random.nextBoolean() ? LifecycleCall.KID : junk(1 + random.nextInt(200));
    } else {
      call.claims.audience(junk(1 + random.nextInt(30)));
    }
    return call.token();
  }

  /** Well signed by nobody who may, whatever it says. */
  private String forged(String canonical) {
    long now = fleet.clock.instant().getEpochSecond();
    String header = pick(HEADERS).replace("%s", LifecycleCall.KID);
    String claims =
        "{\"iss\":\"tenant-a\",\"aud\":\"%s\",\"iat\":%d,\"exp\":%d,\"qsh\":\"%s\",\"%s\":%s}"
            .formatted(
                Fleet.BASE_URL,
                now,
                now + 60,
                CanonicalRequest.sha256(canonical),
                pick("iss", "iat", "exp", "nbf", "qsh", "aud", "sub", "context", "x"),
                pick(VALUES));
    String key =
        pick(
            "fedcba9876543210fedcba9876543210",
            KeyServer.pem(Fleet.ATLASSIAN.getPublic()),
            Base64URL.encode(Fleet.ATLASSIAN.getPublic().getEncoded()).toString());
    return Tokens.token(header, claims, key);
  }

  private String head(String method, String url, String token) {
    String carrier =
        switch (random.nextInt(6)) {
          case 0 -> "Authorization: jwt " + token + "\r\n";
          case 1 -> "Authorization: JWT " + token + "\r\nAuthorization: JWT x\r\n";
          case 2 -> "X-Authorization: JWT " + token + "\r\n";
          default -> "Authorization: JWT " + token + "\r\n";
        };
    return method
        + " "
        + url
        + " HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: eu.example.com\r\n"
        + carrier;
  }

  private byte[] body() {
    String good = fleet.call("installed", TENANT, fleet.newSecret()).body.toString();
    return switch (random.nextInt(4)) {
      case 0 -> good.getBytes(UTF_8);
      case 1 -> mutated(good, text -> false).getBytes(UTF_8);
      case 2 -> ("{\"clientKey\":" + pick(VALUES) + "}").getBytes(UTF_8);
      default -> junk(random.nextInt(2000)).getBytes(UTF_8);
    };
  }

  private String mutatedUrl() {
    return mutated(URL, text -> canonical(text).equals(canonical(URL)));
  }

  private String mutated(String original, Predicate<String> same) {
    String text = original;
    for (int times = 1 + random.nextInt(3); times > 0 || same.test(text); times--) {
      int at = random.nextInt(text.length() + 1);
      int removed = random.nextInt(4);
      text =
          text.substring(0, at)
              + junk(random.nextInt(3))
              + text.substring(Math.min(text.length(), at + removed));
    }
    return text;
  }

  private String junk(int length) {
    return random
        .ints(length, 0, ALPHABET.length())
        .collect(
            StringBuilder::new,
            (text, at) -> text.append(ALPHABET.charAt(at)),
            StringBuilder::append)
        .toString();
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /**
   * Spaces around the target of a request are the container's to skip, and half a surrogate pair is
   * sent as a question mark.
   */
  private static String canonical(String target) {
    String url = new String(target.strip().getBytes(UTF_8), UTF_8);
    int mark = url.indexOf('?');
    try {
      return new CanonicalRequest(
              "GET",
              mark < 0 ? url : url.substring(0, mark),
              "",
              QueryParameters.parse(mark < 0 ? null : url.substring(mark + 1)))
          .text();
    } catch (MalformedRequestException e) {
      return "malformed";
    }
  }

  /** Control characters would cut the report off. */
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .forEach(
            each ->
                shown.append(
                    each < ' ' || each > '~' ? "\\u%04x".formatted(each) : (char) each + ""));
    return shown.toString();
  }

  private String rows() {
    return fleet.control.list("SELECT i::text FROM domicile.installation i ORDER BY 1").toString()
        + fleet.control.list("SELECT r::text FROM domicile.route r ORDER BY 1");
  }
}
