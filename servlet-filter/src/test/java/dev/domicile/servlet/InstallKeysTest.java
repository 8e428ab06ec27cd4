package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.domicile.servlet.InstallKeys.Lookup;
import java.net.URI;
import java.security.KeyPair;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetching published keys from a server that is not always kind. */
final class InstallKeysTest {
  private static final KeyPair PAIR = KeyServer.rsa(2048);

  private final TestClock clock = new TestClock();
  private KeyServer server;
  private InstallKeys keys;

  @BeforeEach
  void open() throws Exception {
    server = new KeyServer();
    server.publish("one", KeyServer.pem(PAIR.getPublic()));
    keys = new InstallKeys(server.uri(), clock);
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void fetchesAKeyOnceInSixHours() {
    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));
    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));
    clock.advance(Duration.ofHours(6).minusSeconds(1));
    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));
    assertThat(server.asked()).containsExactly("/one");

    clock.advance(Duration.ofSeconds(1));

    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));
    assertThat(server.asked()).containsExactly("/one", "/one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../one",
        "one/../two",
        "a/b",
        "a%2fb",
        "one?x",
        "one#x",
        "one one",
        "one\n",
        "\u00e9",
        "@host",
        "-",
        "\\one"
      })
  void neverPutsANameIntoAUrlThatIsNotOnePlainSegment(String name) {
    assertThat(keys.find(name)).isEqualTo(Lookup.UNKNOWN);
    assertThat(keys.find("x".repeat(129))).isEqualTo(Lookup.UNKNOWN);
    assertThat(keys.find(null)).isEqualTo(Lookup.UNKNOWN);
    assertThat(server.asked()).isEmpty();
  }

  @Test
  void asksForAnUnknownNameOnceAMinute() {
    assertThat(keys.find("two")).isEqualTo(Lookup.UNKNOWN);
    server.publish("two", KeyServer.pem(PAIR.getPublic()));
    assertThat(keys.find("two")).isEqualTo(Lookup.UNKNOWN);
    clock.advance(Duration.ofMinutes(1));
    assertThat(keys.find("two")).isEqualTo(new Lookup.Found(key()));
    assertThat(server.asked()).containsExactly("/two", "/two");
  }

  @Test
  void madeUpNamesCostTenFetchesAMinuteAndPushNoKeyOut() {
    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));
    for (int i = 0; i < 1000; i++) {
      keys.find("made-up-" + i);
    }
    assertThat(server.asked()).hasSize(10);
    assertThat(keys.find("made-up-999")).isEqualTo(Lookup.LIMITED);
    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));

    clock.advance(Duration.ofMinutes(1));

    assertThat(keys.find("made-up-999")).isEqualTo(Lookup.UNKNOWN);
    assertThat(server.asked()).hasSize(11);
  }

  @Test
  void manyCallersAtOnceCostOneFetch() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Callable<Lookup>> calls = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        calls.add(() -> keys.find("one"));
      }
      for (Future<Lookup> found : threads.invokeAll(calls)) {
        assertThat(found.get()).isEqualTo(new Lookup.Found(key()));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(server.asked()).containsExactly("/one");
  }

  @Test
  void takesNothingThatIsNoStrongRsaKey() {
    String pem = KeyServer.pem(PAIR.getPublic());
    server.publish("weak", KeyServer.pem(KeyServer.rsa(1024).getPublic()));
    server.publish("page", "<html>not found</html>");
    server.publish("private", KeyServer.pem(PAIR.getPublic()).replace("PUBLIC", "PRIVATE"));
    server.publish("cut", pem.substring(0, 100) + "\n-----END PUBLIC KEY-----");
    server.publish("two", pem + pem);
    for (String name : List.of("weak", "page", "private", "cut", "two")) {
      assertThat(keys.find(name)).as(name).isEqualTo(Lookup.UNKNOWN);
    }
  }

  @Test
  void doesNotFollowARedirect() {
    server.misbehave(
        exchange -> {
          exchange.getResponseHeaders().add("Location", server.uri() + "/one");
          KeyServer.send(exchange, 302, "");
        });

    assertThat(keys.find("two")).isEqualTo(Lookup.UNAVAILABLE);
    assertThat(server.asked()).containsExactly("/two");
  }

  @Test
  void doesNotReadMoreThanAKeyCanHave() {
    server.misbehave(exchange -> KeyServer.send(exchange, 200, " ".repeat(16 * 1024 + 1)));

    assertThat(keys.find("two")).isEqualTo(Lookup.UNAVAILABLE);
  }

  @Test
  void doesNotWaitForAServerThatDrips() {
    server.misbehave(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write("-".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            Thread.sleep(100);
          }
        });
    long start = System.nanoTime();

    assertThat(keys.find("two")).isEqualTo(Lookup.UNAVAILABLE);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
  }

  @Test
  void triesAgainTwoSecondsAfterAnOutage() {
    server.misbehave(exchange -> KeyServer.send(exchange, 503, ""));
    assertThat(keys.find("one")).isEqualTo(Lookup.UNAVAILABLE);
    server.behave();
    assertThat(keys.find("one")).isEqualTo(Lookup.UNAVAILABLE);
    clock.advance(Duration.ofSeconds(2));
    assertThat(keys.find("one")).isEqualTo(new Lookup.Found(key()));
  }

  @Test
  void takesKeysFromNowhereButHttpsOrThisMachine() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InstallKeys(URI.create("http://192.0.2.1"), clock));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InstallKeys(URI.create("file:///tmp"), clock));
    assertThat(new InstallKeys(InstallKeys.ATLASSIAN, clock)).isNotNull();
  }

  private static RSAPublicKey key() {
    return (RSAPublicKey) PAIR.getPublic();
  }
}
