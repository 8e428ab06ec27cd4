package dev.domicile.servlet;

import static dev.domicile.servlet.Tokens.CLOCK;
import static dev.domicile.servlet.Tokens.HEADER;
import static dev.domicile.servlet.Tokens.ISSUED;
import static dev.domicile.servlet.Tokens.SCHEDULE;
import static dev.domicile.servlet.Tokens.SCHEDULE_TOKEN;
import static dev.domicile.servlet.Tokens.SECRET;
import static dev.domicile.servlet.Tokens.TENANT;
import static dev.domicile.servlet.Tokens.bound;
import static dev.domicile.servlet.Tokens.claims;
import static dev.domicile.servlet.Tokens.good;
import static dev.domicile.servlet.Tokens.request;
import static dev.domicile.servlet.Tokens.schedule;
import static dev.domicile.servlet.Tokens.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Authenticated;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.Authentication.Refused;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ConnectAuthenticatorTest {
  private static final ConnectConfig CONFIG =
      new ConnectConfig("com.example.app", "", List.of("/page/*"), List.of());
  private static final TenantId WEAK = new TenantId("weak");
  private static final String WEAK_SECRET = "0123456789abcdef0123456789abcde";
  private static final Map<TenantId, SharedSecret> SECRETS =
      Map.of(TENANT, SECRET, WEAK, new SharedSecret(WEAK_SECRET));
  private static final String OTHER_SECRET = "fedcba9876543210fedcba9876543210";

  private final ConnectAuthenticator authenticator = at(CLOCK);

  @Test
  void believesTokensMadeByAnotherLibrary() {
    assertThat(authenticator.authenticate(schedule(SCHEDULE_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
    assertThat(
            authenticator.authenticate(
                request("GET", "/my-cool-migration-hook/status", null, Tokens.STATUS_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
    assertThat(authenticator.authenticate(request("GET", "/page/one", null, Tokens.CONTEXT_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, "557058:acct"));
  }

  @Test
  void believesWhatItsOwnSignerSigns() {
    String query = "b=2&a=%2f&a=1&a%5B%5D=x&a-b=y";
    ConnectToken signer = new ConnectToken(TENANT, SECRET, CLOCK, "acct");

    assertThat(
            authenticator.authenticate(
                request("GET", "/p/", query, signer.sign("GET", "/p/", query))))
        .isEqualTo(new Authenticated(TENANT, "acct"));
    assertThat(authenticator.authenticate(request("GET", "/page", null, signer.context())))
        .isEqualTo(new Authenticated(TENANT, "acct"));
  }

  @Test
  void takesTheTokenFromTheQueryToo() {
    String twice = "jwt=" + SCHEDULE_TOKEN + "&jwt=" + SCHEDULE_TOKEN;

    assertThat(authenticator.authenticate(request("POST", SCHEDULE, twice, SCHEDULE_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
    assertThat(authenticator.authenticate(request("POST", SCHEDULE, "%6Awt=" + SCHEDULE_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
  }

  @Test
  void leavesOutTheBasePathOfTheApp() {
    ConnectAuthenticator based =
        new ConnectAuthenticator(
            new ConnectConfig("app", "/eu", List.of(), List.of()), this::find, CLOCK);

    assertThat(based.authenticate(request("POST", "/eu" + SCHEDULE, null, SCHEDULE_TOKEN)))
        .isInstanceOf(Authenticated.class);
  }

  @Test
  void prefersTheAccountOfTheOlderClaim() {
    String both = "\"sub\":\"new\",\"context\":{\"user\":{\"accountId\":\"old\"}}";

    assertThat(authenticator.authenticate(signed(good(), bound(), both)))
        .isEqualTo(new Authenticated(TENANT, "old"));
    assertThat(authenticator.authenticate(signed(good(), bound(), "\"sub\":\"x\",\"context\":1")))
        .isEqualTo(new Authenticated(TENANT, "x"));
  }

  @ParameterizedTest
  @CsvSource({
    "exp, 209, ", "exp, 210, EXPIRED", "exp, 100000, EXPIRED",
    "nbf, 270, ", "nbf, 269, NOT_YET_VALID", "nbf, -100000, NOT_YET_VALID"
  })
  void allowsThirtySecondsEitherWay(String claim, long secondsAfterIssue, @Nullable Reason reason) {
    String time =
        claim.equals("exp") ? "\"exp\":1700000180" : "\"exp\":1700009999,\"nbf\":1700000300";
    String token =
        token(
            HEADER,
            claims("\"iss\":\"" + TENANT + "\",\"iat\":1700000000", time, bound()),
            SECRET.value());

    Authentication outcome =
        at(InstantSource.fixed(ISSUED.plusSeconds(secondsAfterIssue)))
            .authenticate(schedule(token));

    assertThat(outcome)
        .isEqualTo(reason == null ? new Authenticated(TENANT, null) : new Refused(reason));
  }

  @ParameterizedTest
  @MethodSource
  void refuses(Reason reason, ConnectRequest request) {
    assertThat(authenticator.authenticate(request)).isEqualTo(new Refused(reason));
  }

  static Stream<Arguments> refuses() {
    String[] parts = SCHEDULE_TOKEN.split("\\.", -1);
    String payload = claims(good(), bound());
    String none = Tokens.base64("{\"alg\":\"none\"}".getBytes(UTF_8));
    String iss = "\"iss\":\"" + TENANT + "\"";
    String iat = "\"iat\":1700000000";
    String exp = "\"exp\":1700000180";
    String hs512 = "{\"alg\":\"HS512\"}";
    String signedByWeak = claims("\"iss\":\"weak\"", iat, exp, bound());
    return Stream.of(
        arguments(Reason.NO_TOKEN, request("POST", SCHEDULE, null)),
        arguments(Reason.NO_TOKEN, other(List.of("Bearer " + SCHEDULE_TOKEN, "Basic eDp5"))),
        arguments(Reason.TWO_TOKENS, request("POST", SCHEDULE, null, SCHEDULE_TOKEN, "x")),
        arguments(Reason.TWO_TOKENS, request("POST", SCHEDULE, "jwt=x", SCHEDULE_TOKEN)),
        arguments(Reason.TWO_TOKENS, request("POST", SCHEDULE, "jwt=x&jwt=" + SCHEDULE_TOKEN)),
        arguments(Reason.TWO_TOKENS, request("POST", SCHEDULE, "jwt=", SCHEDULE_TOKEN)),
        arguments(Reason.TOKEN_TOO_LONG, schedule("x".repeat(8193))),
        arguments(Reason.MALFORMED_TOKEN, schedule("x".repeat(8192))),
        arguments(Reason.MALFORMED_TOKEN, schedule("")),
        arguments(Reason.MALFORMED_TOKEN, schedule("..")),
        arguments(Reason.MALFORMED_TOKEN, schedule(parts[0] + "." + parts[1] + ".")),
        arguments(Reason.MALFORMED_TOKEN, schedule(SCHEDULE_TOKEN + "!")),
        arguments(Reason.MALFORMED_TOKEN, schedule(SCHEDULE_TOKEN.replaceFirst("M$", "N"))),
        arguments(Reason.MALFORMED_TOKEN, schedule(SCHEDULE_TOKEN + ".a.b")),
        arguments(Reason.MALFORMED_TOKEN, schedule(none + "." + parts[1] + ".")),
        arguments(Reason.MALFORMED_TOKEN, schedule(none + "." + parts[1] + "." + parts[2])),
        arguments(Reason.MALFORMED_TOKEN, schedule(token("{}", payload, SECRET.value()))),
        arguments(Reason.MALFORMED_TOKEN, schedule(token("null", payload, SECRET.value()))),
        arguments(Reason.MALFORMED_TOKEN, schedule(token(HEADER, "null", SECRET.value()))),
        arguments(Reason.MALFORMED_TOKEN, schedule(token(HEADER, "[]", SECRET.value()))),
        arguments(Reason.MALFORMED_TOKEN, schedule(token(HEADER, "[".repeat(5000), "x"))),
        arguments(Reason.MALFORMED_TOKEN, signed(good(), "\"qsh\":1")),
        arguments(Reason.MALFORMED_TOKEN, signed(good(), bound(), "\"exp\":1700000180")),
        arguments(Reason.MALFORMED_TOKEN, signed(iss, iat, bound(), "\"exp\":9e30")),
        arguments(
            Reason.MALFORMED_TOKEN, signed(iss, iat, bound(), "\"exp\":18446744075409551800")),
        arguments(Reason.MALFORMED_TOKEN, signed(iss, iat, "\"exp\":\"soon\"", bound())),
        arguments(Reason.MALFORMED_QUERY, request("POST", SCHEDULE, "a=%zz", SCHEDULE_TOKEN)),
        arguments(Reason.WRONG_ALGORITHM, schedule(Tokens.HS512_TOKEN)),
        arguments(
            Reason.WRONG_ALGORITHM,
            schedule(token(hs512, payload, SECRET.value().repeat(2), "HmacSHA512"))),
        arguments(
            Reason.WRONG_ALGORITHM, schedule(token("{\"alg\":\"RS256\"}", payload, "key of RSA"))),
        arguments(
            Reason.WRONG_ALGORITHM, schedule(token("{\"alg\":\"hs256\"}", payload, "secret"))),
        arguments(
            Reason.ISSUED_BY_APP, request("GET", "/page", null, Tokens.SELF_AUTHENTICATION_TOKEN)),
        arguments(Reason.UNKNOWN_ISSUER, signed("\"iss\":\"nobody\"", iat, exp, bound())),
        arguments(Reason.UNKNOWN_ISSUER, signed("\"iss\":\" \"", iat, exp, bound())),
        arguments(Reason.UNKNOWN_ISSUER, signed("\"iss\":\"a\\nb\"", iat, exp, bound())),
        arguments(Reason.WEAK_SECRET, schedule(token(HEADER, signedByWeak, WEAK_SECRET))),
        arguments(Reason.WRONG_SIGNATURE, schedule(token(HEADER, payload, OTHER_SECRET))),
        arguments(Reason.WRONG_SIGNATURE, signedBy(bytes -> Arrays.copyOf(bytes, 16))),
        arguments(Reason.WRONG_SIGNATURE, signedBy(bytes -> Arrays.copyOf(bytes, 33))),
        arguments(Reason.WRONG_SIGNATURE, signedBy(ConnectAuthenticatorTest::withAnotherEnd)),
        arguments(
            Reason.WRONG_SIGNATURE,
            schedule(
                parts[0]
                    + "."
                    + token(HEADER, claims(good(), bound(), "\"sub\":\"admin\""), "x")
                        .split("\\.", -1)[1]
                    + "."
                    + parts[2])),
        arguments(
            Reason.MALFORMED_TOKEN,
            schedule(
                token("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", payload, SECRET.value()))),
        arguments(Reason.MISSING_CLAIM, signed(iat, exp, bound())),
        arguments(Reason.MISSING_CLAIM, signed(iss, exp, bound())),
        arguments(Reason.MISSING_CLAIM, signed(iss, iat, bound())),
        arguments(Reason.MISSING_CLAIM, signed(good())),
        arguments(Reason.MISSING_CLAIM, signed(good(), "\"qsh\":null")),
        arguments(Reason.CONTEXT_TOKEN, schedule(Tokens.CONTEXT_TOKEN)),
        arguments(Reason.CONTEXT_TOKEN, request("GET", "/pages", null, Tokens.CONTEXT_TOKEN)),
        arguments(Reason.OTHER_REQUEST, signed(good(), "\"qsh\":\"\"")),
        arguments(Reason.OTHER_REQUEST, request("GET", SCHEDULE, null, SCHEDULE_TOKEN)),
        arguments(Reason.OTHER_REQUEST, request("POST", SCHEDULE + "/x", null, SCHEDULE_TOKEN)),
        arguments(Reason.OTHER_REQUEST, request("POST", SCHEDULE, "a=1", SCHEDULE_TOKEN)),
        arguments(Reason.OTHER_REQUEST, request("POST", "/page/one", null, SCHEDULE_TOKEN)));
  }

  /** A good token with something else in the place of its signature. */
  private static ConnectRequest signedBy(UnaryOperator<byte[]> change) {
    int dot = SCHEDULE_TOKEN.lastIndexOf('.') + 1;
    byte[] signature = Base64.getUrlDecoder().decode(SCHEDULE_TOKEN.substring(dot));
    return schedule(SCHEDULE_TOKEN.substring(0, dot) + Tokens.base64(change.apply(signature)));
  }

  private static byte[] withAnotherEnd(byte[] signature) {
    signature[signature.length - 1] ^= 1;
    return signature;
  }

  @Test
  void asksAgainForASecretThatWasReplacedElsewhere() {
    List<TenantId> askedAgain = new ArrayList<>();
    SharedSecrets replaced =
        new SharedSecrets() {
          @Override
          public Optional<SharedSecret> find(TenantId tenant) {
            return Optional.of(new SharedSecret(OTHER_SECRET));
          }

          @Override
          public Optional<SharedSecret> findAgain(TenantId tenant) {
            askedAgain.add(tenant);
            return Optional.of(SECRET);
          }
        };

    assertThat(
            new ConnectAuthenticator(CONFIG, replaced, CLOCK)
                .authenticate(schedule(SCHEDULE_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
    assertThat(askedAgain).containsExactly(TENANT);
  }

  @Test
  void believesTheSecretBeforeOnlyIfThePresentOneDoesNotFit() {
    List<TenantId> asked = new ArrayList<>();
    ConnectAuthenticator rotated = rotated(new SharedSecret(OTHER_SECRET), SECRET, asked);
    String third = token(HEADER, claims(good(), bound()), "a third secret that nobody ever had");

    assertThat(rotated.authenticate(schedule(SCHEDULE_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
    assertThat(asked).containsExactly(TENANT);
    assertThat(rotated.authenticate(schedule(third)))
        .isEqualTo(new Refused(Reason.WRONG_SIGNATURE));

    asked.clear();
    assertThat(
            rotated(SECRET, new SharedSecret(OTHER_SECRET), asked)
                .authenticate(schedule(SCHEDULE_TOKEN)))
        .isEqualTo(new Authenticated(TENANT, null));
    assertThat(asked).isEmpty();
  }

  @Test
  void theSecretBeforeExcusesNothingElse() {
    ConnectAuthenticator rotated =
        rotated(new SharedSecret(OTHER_SECRET), SECRET, new ArrayList<>());

    assertThat(rotated.authenticate(request("GET", SCHEDULE, null, SCHEDULE_TOKEN)))
        .isEqualTo(new Refused(Reason.OTHER_REQUEST));
    assertThat(rotated.authenticate(schedule(Tokens.CONTEXT_TOKEN)))
        .isEqualTo(new Refused(Reason.CONTEXT_TOKEN));
    assertThat(rotated.authenticate(schedule(Tokens.HS512_TOKEN)))
        .isEqualTo(new Refused(Reason.WRONG_ALGORITHM));
  }

  private static ConnectAuthenticator rotated(
      SharedSecret present, SharedSecret previous, List<TenantId> asked) {
    SharedSecrets secrets =
        new SharedSecrets() {
          @Override
          public Optional<SharedSecret> find(TenantId tenant) {
            return Optional.of(present);
          }

          @Override
          public Optional<SharedSecret> findPrevious(TenantId tenant) {
            asked.add(tenant);
            return Optional.of(previous);
          }
        };
    return new ConnectAuthenticator(CONFIG, secrets, CLOCK);
  }

  @Test
  void saysThatASecretCannotBeReadNow() {
    SharedSecrets down =
        tenant -> {
          throw new SecretUnavailableException(tenant, "the control database is down", null);
        };

    assertThat(new ConnectAuthenticator(CONFIG, down, CLOCK).authenticate(schedule(SCHEDULE_TOKEN)))
        .isEqualTo(new Refused(Reason.SECRET_UNAVAILABLE));
  }

  private ConnectAuthenticator at(InstantSource clock) {
    return new ConnectAuthenticator(CONFIG, this::find, clock);
  }

  private Optional<SharedSecret> find(TenantId tenant) {
    return Optional.ofNullable(SECRETS.get(tenant));
  }

  private static ConnectRequest signed(String... claims) {
    return schedule(token(HEADER, claims(claims), SECRET.value()));
  }

  private static ConnectRequest other(List<String> authorization) {
    return new ConnectRequest("POST", SCHEDULE, SCHEDULE, null, authorization);
  }
}
