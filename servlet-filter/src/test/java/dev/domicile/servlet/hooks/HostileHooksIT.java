package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.NEIGHBOUR;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.RawClient;
import dev.domicile.testkit.TestDatabases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Bodies and queries of hooks that are none, well signed, over real HTTP. */
final class HostileHooksIT {
  private static final int REQUESTS = 5 * Integer.getInteger("domicile.test.requests", 20_000);
  private static final int ROUND = 5_000;
  private static final int CALLERS = 4;
  private static final String CANARY = "canary-row-or-secret";
  private static final String[] HOOKS = {"schedule", "start", "commit", "rollback"};
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
    "\"2021-12-26T00:00:00.000Z\"",
    "\"9999-99-99\"",
    "57500",
    "\"+1000000000-12-31T23:59:59.999999999Z\"",
    "\"-1000000000-01-01T00:00Z\"",
    "\"EU\"",
    "\"" + CANARY + "\"",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]"
  };
  private static final String ALPHABET = "aZ09-_.:{}[]\",\\ \u00e9\u0663\ud83d\ude00\t\u0001\u0000";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.domicile");
  private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
  private HookSite site;

  @BeforeEach
  void open() {
    site = new HookSite(databases, 1);
    logger.setLevel(Level.DEBUG);
    System.setErr(new PrintStream(log, true, UTF_8));
  }

  @AfterEach
  void close() throws Exception {
    System.setErr(stderr);
    logger.setLevel(null);
    callers.shutdownNow();
    site.close();
  }

  @Test
  void noneBreaksAnythingAndNoneLearnsAnything() throws Exception {
    System.out.println("-Ddomicile.test.seed=" + seed);
    Node node = site.node();
    for (int round = 0; round < REQUESTS / ROUND; round++) {
      List<Future<?>> calls = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        Random random = new Random(seed + (long) round * CALLERS + caller);
        calls.add(callers.submit(() -> call(node.port(), random)));
      }
      for (Future<?> some : calls) {
        some.get();
      }
      String logged = log.toString(UTF_8);
      log.reset();
      assertThat(logged).contains(" of tenant-a: ");
      assertThat(logged.contains(CANARY)).as("row contents in the log, seed %s", seed).isFalse();
      assertThat(logged.contains("the shared secret of tenant")).as("seed %s", seed).isFalse();
      assertThat(logged.contains("\tat ")).as("a stack trace, seed %s", seed).isFalse();
    }
    String large = "{\"x\":\"" + "a".repeat(70_000) + "\"}";
    assertThat(node.post(TENANT, "commit", large).status()).isEqualTo(413);
    assertThat(site.states()).isEmpty();
  }

  /** One caller's share of a round, over one connection. */
  private Void call(int port, Random random) throws IOException {
    Map<String, String> tokens = new HashMap<>();
    try (RawClient client = new RawClient(port)) {
      for (int i = 0; i < ROUND / CALLERS; i++) {
        TenantId tenant = random.nextBoolean() ? TENANT : NEIGHBOUR;
        if (random.nextInt(10) == 0) {
          String query = "migrationId=" + random.nextInt() + (random.nextBoolean() ? "x" : "");
          String status = Node.PATH + "/status";
          String token = token(tenant).sign("GET", status, query);
          String head = head("GET", status + "?" + query, token);
          assertThat(client.send(head, new byte[0]).status()).as(query).isEqualTo(200);
        }
        String hook = HOOKS[random.nextInt(HOOKS.length)];
        String path = Node.PATH + "/" + hook;
        String token =
            tokens.computeIfAbsent(
                tenant + path, unsigned -> token(tenant).sign("POST", path, null));
        String body = body(random);
        RawClient.Answer answer = insist(client, head("POST", path, token), body.getBytes(UTF_8));
        // A rollback of nothing is served, whatever it says.
        assertThat(answer.status())
            .as("seed %s: %s %s", seed, hook, body)
            .isBetween(hook.equals("rollback") ? 200 : 400, 499);
        assertThat(answer.text())
            .as("seed %s: %s %s", seed, hook, body)
            .doesNotContain("\tat ", "Exception", "dev.domicile", CANARY);
      }
    }
    return null;
  }

  /** On a busy machine a hook may run out of its time, and asks to be called again. */
  private static RawClient.Answer insist(RawClient client, String head, byte[] body)
      throws IOException {
    RawClient.Answer answer = client.send(head, body);
    for (int again = 0; answer.status() == 503 && again < 3; again++) {
      answer = client.send(head, body);
    }
    return answer;
  }

  private static ConnectToken token(TenantId tenant) {
    return new ConnectToken(tenant, Node.secret(tenant), InstantSource.system());
  }

  private static String head(String method, String url, String token) {
    return "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: JWT %s\r\n"
        .formatted(method, url, token);
  }

  private static String body(Random random) {
    StringBuilder json = new StringBuilder("{");
    for (String field : new String[] {"startTime", "endTime", "location", "migrationId", "x"}) {
      if (random.nextInt(6) > 0) {
        String value =
            field.equals("location") ? "\"" + CANARY + "\"" : VALUES[random.nextInt(VALUES.length)];
        json.append(json.length() > 1 ? "," : "").append("\"").append(field).append("\":");
        json.append(value);
      }
    }
    json.append("}");
    for (int times = random.nextInt(4); times > 0; times--) {
      int at = random.nextInt(json.length());
      json.setCharAt(at, ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return random.nextInt(10) == 0 ? VALUES[random.nextInt(VALUES.length)] : json.toString();
  }
}
