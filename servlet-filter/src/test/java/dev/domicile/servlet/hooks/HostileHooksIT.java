package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.NEIGHBOUR;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.testkit.TestDatabases;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Bodies and queries of hooks that are none, well signed, over real HTTP. */
final class HostileHooksIT {
  private static final int REQUESTS = Integer.getInteger("domicile.test.requests", 20_000) / 10;
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
  private final Random random = new Random(seed);
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.domicile");
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
    site.close();
  }

  @Test
  void noneBreaksAnythingAndNoneLearnsAnything() throws Exception {
    System.out.println("-Ddomicile.test.seed=" + seed);
    Node node = site.node();
    for (int i = 0; i < REQUESTS; i++) {
      String hook = HOOKS[random.nextInt(HOOKS.length)];
      String body = body();
      Answer answer = node.post(random.nextBoolean() ? TENANT : NEIGHBOUR, hook, body);
      assertThat(answer.status()).as("seed %s: %s %s", seed, hook, body).isBetween(200, 499);
      assertThat(answer.text())
          .as("seed %s: %s %s", seed, hook, body)
          .doesNotContain("\tat ", "Exception", "dev.domicile", CANARY);
      String query = "migrationId=" + random.nextInt() + (random.nextBoolean() ? "x" : "");
      assertThat(Node.send(node.port(), TENANT, "GET", "status", query, "").status())
          .isEqualTo(200);
    }
    String large = "{\"x\":\"" + "a".repeat(70_000) + "\"}";
    assertThat(node.post(TENANT, "commit", large).status()).isEqualTo(413);
    assertThat(site.states()).isEmpty();
    assertThat(log.toString(UTF_8)).contains(" of tenant-a: ");
    assertThat(log.toString(UTF_8).contains(CANARY)).isFalse();
    assertThat(log.toString(UTF_8).contains("the shared secret of tenant")).isFalse();
    assertThat(log.toString(UTF_8).contains("\tat ")).isFalse();
  }

  private String body() {
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
