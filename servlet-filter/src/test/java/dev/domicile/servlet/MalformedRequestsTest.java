package dev.domicile.servlet;

import static dev.domicile.servlet.Tokens.CLOCK;
import static dev.domicile.servlet.Tokens.HEADER;
import static dev.domicile.servlet.Tokens.SCHEDULE_TOKEN;
import static dev.domicile.servlet.Tokens.SECRET;
import static dev.domicile.servlet.Tokens.TENANT;
import static dev.domicile.servlet.Tokens.bound;
import static dev.domicile.servlet.Tokens.claims;
import static dev.domicile.servlet.Tokens.good;
import static dev.domicile.servlet.Tokens.request;
import static dev.domicile.servlet.Tokens.schedule;
import static dev.domicile.servlet.Tokens.token;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.servlet.Authentication.Refused;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * 80,000 tokens and 100,000 URLs that no product would send, by {@code -Ddomicile.test.requests};
 * and as many more over HTTP by {@link HostileRequestsIT}.
 */
final class MalformedRequestsTest {
  private static final int ROUNDS = Integer.getInteger("domicile.test.requests", 20_000);
  private static final String ALPHABET = "aZ09-_.=%&+;/?#:{}[]\",\\ \n\0\u00e9\u0663\ud83d";
  private static final String[] VALUES = {
    "null",
    "-1",
    "1e999",
    "9223372036854775807",
    "99999999999999999999",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[[[]]]]",
    "{\"user\":{\"accountId\":{}}}",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "0.5",
    "x"
  };
  private static final String[] HEADERS = {
    HEADER,
    "{}",
    "[]",
    "null",
    "{\"alg\":null}",
    "{\"alg\":1}",
    "{\"alg\":\"HS256\",\"alg\":\"none\"}",
    "{\"alg\":\"HS256\",\"enc\":\"A256GCM\"}"
  };
  private static final String[] CLAIMS = {
    "iss", "iat", "exp", "nbf", "qsh", "sub", "aud", "jti", "context", "x"
  };

  private final long seed = Long.getLong("domicile.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final ConnectAuthenticator authenticator =
      new ConnectAuthenticator(
          new ConnectConfig("com.example.app"),
          tenant -> tenant.equals(TENANT) ? Optional.of(SECRET) : Optional.empty(),
          CLOCK);

  @Test
  void noTokenThatWasTamperedWithIsBelieved() {
    System.out.println("-Ddomicile.test.seed=" + seed);
    for (int round = 0; round < ROUNDS; round++) {
      String token = mutated(SCHEDULE_TOKEN, text -> text.strip().equals(SCHEDULE_TOKEN));
      refuses(schedule(token));
      refuses(request("POST", Tokens.SCHEDULE, "jwt=" + PercentEncoding.encode(token)));
    }
  }

  @Test
  void noTokenWithAnotherSecretIsBelievedWhateverItSays() {
    System.out.println("-Ddomicile.test.seed=" + seed);
    for (int round = 0; round < ROUNDS; round++) {
      String header =
          random.nextInt(3) == 0
              ? "{\"alg\":\"HS256\",\""
                  + pick("kid", "crit", "b64", "typ", "jwk", "x5c")
                  + "\":"
                  + value()
                  + "}"
              : pick(HEADERS);
      String payload = claims(good(), bound(), "\"" + pick(CLAIMS) + "\":" + value());
      refuses(schedule(token(header, payload, "fedcba9876543210fedcba9876543210")));
    }
  }

  @Test
  void oddClaimsOfATenantItselfRaiseNoException() {
    System.out.println("-Ddomicile.test.seed=" + seed);
    for (int round = 0; round < ROUNDS; round++) {
      String odd = "\"" + pick(CLAIMS) + "\":" + value();
      ConnectRequest request =
          schedule(token(HEADER, claims(good(), bound(), odd), SECRET.value()));
      assertThat(authenticator.authenticate(request)).as("seed %s: %s", seed, odd).isNotNull();
    }
  }

  @Test
  void noOtherUrlIsServedForTheToken() throws MalformedRequestException {
    System.out.println("-Ddomicile.test.seed=" + seed);
    String query = "a=1&b=two&a=%C3%A9";
    String token = new ConnectToken(TENANT, SECRET, CLOCK).sign("GET", "/path/to", query);
    String url = "/path/to?" + query;
    String signed = canonical(url);
    for (int round = 0; round < 5 * ROUNDS; round++) {
      String other = mutated(url, text -> signed.equals(canonical(text)));
      int mark = other.indexOf('?');
      refuses(
          request(
              "GET",
              mark < 0 ? other : other.substring(0, mark),
              mark < 0 ? null : other.substring(mark + 1),
              token));
    }
  }

  private void refuses(ConnectRequest request) {
    assertThat(authenticator.authenticate(request))
        .as("seed %s: %s", seed, request)
        .isInstanceOf(Refused.class);
  }

  private String mutated(String original, Predicate<String> same) {
    String text = original;
    for (int times = 1 + random.nextInt(3); times > 0 || same.test(text); times--) {
      text = mutation().apply(text);
    }
    return text;
  }

  private UnaryOperator<String> mutation() {
    return switch (random.nextInt(6)) {
      case 0 -> text -> text.substring(0, at(text));
      case 1 -> text -> text.substring(at(text));
      case 2 -> text -> spliced(text, at(text), 0, junk());
      case 3 -> text -> spliced(text, at(text), 1 + random.nextInt(4), "");
      case 4 -> text -> spliced(text, at(text), 1, junk());
      default -> text -> text + junk().repeat(1 + random.nextInt(100));
    };
  }

  private int at(String text) {
    return random.nextInt(text.length() + 1);
  }

  private static String spliced(String text, int at, int removed, String inserted) {
    return text.substring(0, at) + inserted + text.substring(Math.min(text.length(), at + removed));
  }

  private String junk() {
    return String.valueOf(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
  }

  private String value() {
    return pick(VALUES);
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String canonical(String url) {
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
}
