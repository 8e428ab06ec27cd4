package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.domicile.router.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Tokens go to and fro between this library and npm's {@code atlassian-jwt}. Runs where {@code
 * node} is on the path; the package is taken from where {@code node} finds it, or {@code
 * -Ddomicile.test.node_modules} says that it is, or else {@code npm} fetches it once.
 */
final class AtlassianJwtTest {
  private static final NodePackage PACKAGE = new NodePackage("atlassian-jwt", "2.0.3");
  private static final JsonMapper JSON = new JsonMapper();
  private static final TenantId TENANT = new TenantId("tenant-a");
  private static final SharedSecret SECRET =
      new SharedSecret("a secret of 32 bytes or more: \u00e9");
  private static final String[] VALUES = {
    "",
    "x",
    "a%20b",
    "a+b",
    "%2f",
    "%2F",
    "%C3%A9",
    "%e2%82%ac",
    "%F0%9F%98%80",
    "1,2",
    "~*!()",
    "%27",
    "a=b",
    "%26",
    "%25",
    "Z",
    "z",
    "10",
    "2",
    "-._",
    "%2B"
  };
  private static final String[] PATHS = {
    "/", "/p", "/p/", "/p//q", "/p%20q/r%2Fs", "/p%2fq", "/a&b=c", "/%C3%A9", "/base", "/based/x"
  };
  private static final int REQUESTS = 500;

  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final TestClock clock = new TestClock();

  @BeforeAll
  static void needsNodeAndThePackage() throws Exception {
    assumeTrue(PACKAGE.isAtHand(), "node, or the npm package atlassian-jwt, is not at hand");
  }

  @Test
  void theirTokensAreBelievedHere() throws Exception {
    System.out.println("-Ddomicile.test.seed=" + seed);
    List<Sent> requests = requests();
    ArrayNode tasks = JSON.createArrayNode();
    for (Sent each : requests) {
      ObjectNode task = each.task(tasks.addObject(), "sign").put("secret", SECRET.value());
      claims(task, TENANT);
    }
    ConnectAuthenticator authenticator =
        new ConnectAuthenticator(
            new ConnectConfig("app", "/base", List.of(), List.of()),
            tenant -> Optional.of(SECRET),
            clock);

    List<String> tokens = node(tasks);

    for (int i = 0; i < requests.size(); i++) {
      Sent each = requests.get(i);
      assertThat(authenticator.authenticate(each.request(tokens.get(i))))
          .as("seed %s: %s", seed, each)
          .isEqualTo(new Authentication.Authenticated(TENANT, null));
    }
  }

  @Test
  void tokensMadeHereAreBelievedThere() throws Exception {
    System.out.println("-Ddomicile.test.seed=" + seed);
    ConnectToken signer = new ConnectToken(TENANT, SECRET, clock);
    List<Sent> requests = requests();
    ArrayNode tasks = JSON.createArrayNode();
    for (Sent each : requests) {
      each.task(tasks.addObject(), "verify")
          .put("secret", SECRET.value())
          .put("base", "")
          .put("token", signer.sign(each.method(), each.path(), each.query()));
    }

    List<String> issuers = node(tasks);

    for (int i = 0; i < requests.size(); i++) {
      assertThat(issuers.get(i))
          .as("seed %s: %s", seed, requests.get(i))
          .isEqualTo(TENANT.clientKey());
    }
  }

  @Test
  void theirSignedInstallsAreBelievedHere() throws Exception {
    KeyPair pair = KeyServer.rsa(2048);
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n";
    ArrayNode tasks = JSON.createArrayNode();
    ObjectNode task =
        tasks
            .addObject()
            .put("task", "signInstall")
            .put("method", "POST")
            .put("url", "/base/installed?user_key=admin")
            .put("base", "https://app.example.com/base")
            .put("privateKey", pem)
            .put("kid", "one");
    claims(task, TENANT).put("aud", "https://app.example.com/base");
    try (KeyServer server = new KeyServer()) {
      server.publish("one", KeyServer.pem(pair.getPublic()));
      LifecycleAuthenticator authenticator =
          new LifecycleAuthenticator(
              new ConnectConfig("app", "/base", List.of(), List.of()),
              new BaseUrls(URI.create("https://app.example.com/base"), Map.of()),
              new InstallKeys(server.uri(), clock),
              clock);

      String token = node(tasks).get(0);

      assertThat(
              authenticator
                  .authenticate(Tokens.request("POST", "/base/installed", "user_key=admin", token))
                  .tenant())
          .isEqualTo(TENANT);
    }
  }

  private ObjectNode claims(ObjectNode task, TenantId tenant) {
    long now = clock.instant().getEpochSecond();
    return task.putObject("claims")
        .put("iss", tenant.clientKey())
        .put("iat", now)
        .put("exp", now + 180);
  }

  /** Names stay clear of characters to be escaped: by those the two sort differently. */
  private List<Sent> requests() {
    List<Sent> requests = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      List<String> pairs = new ArrayList<>();
      for (int n = random.nextInt(6); n > 0; n--) {
        String name = pick("a", "b", "A", "B", "ab", "jwt2", "JWT", "a1");
        pairs.add(random.nextInt(8) == 0 ? name : name + "=" + pick(VALUES));
      }
      requests.add(
          new Sent(
              pick("GET", "POST", "PUT", "DELETE"),
              pick(PATHS),
              pairs.isEmpty() ? null : String.join("&", pairs)));
    }
    return requests;
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static List<String> node(ArrayNode tasks) throws IOException, InterruptedException {
    String script;
    try (InputStream in =
        Objects.requireNonNull(
            AtlassianJwtTest.class.getResourceAsStream("atlassian-jwt.js"), "the script")) {
      script = new String(in.readAllBytes(), UTF_8);
    }
    Process process = process(script).start();
    try (OutputStream out = process.getOutputStream()) {
      out.write(JSON.writeValueAsBytes(tasks));
    }
    JsonNode answers = JSON.readTree(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).isZero();
    List<String> texts = new ArrayList<>();
    answers.forEach(each -> texts.add(each.textValue()));
    return texts;
  }

  private static ProcessBuilder process(String script) {
    return PACKAGE.node(script).redirectError(Redirect.INHERIT);
  }

  private record Sent(String method, String path, @Nullable String query) {
    ObjectNode task(ObjectNode task, String name) {
      return task.put("task", name)
          .put("method", method)
          .put("url", query == null ? path : path + "?" + query)
          .put("base", "https://app.example.com/base");
    }

    ConnectRequest request(String token) {
      return Tokens.request(method, path, query, token);
    }
  }
}
