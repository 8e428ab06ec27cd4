package dev.domicile.simulator;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** One realm migration of one site, as the migration service sees it. */
final class Move {
  private static final JsonMapper JSON = new JsonMapper();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final String SIGNED = "HS256 by the tenant's secret";

  private final Stage stage;
  private final Site site;
  private final String location;
  private final Instant startTime;
  private final Instant endTime;
  private final OptionalLong migrationId;
  private final AtomicInteger calls = new AtomicInteger();

  private Move(
      Stage stage,
      Site site,
      String location,
      Instant startTime,
      Instant endTime,
      OptionalLong migrationId) {
    this.stage = stage;
    this.site = site;
    this.location = location;
    this.startTime = startTime;
    this.endTime = endTime;
    this.migrationId = migrationId;
  }

  /** A migration that begins shortly and has as long as the app declares. */
  static Move soon(Stage stage, Site site, String location) {
    return soon(stage, site, location, stage.settings().descriptor().window());
  }

  /** A migration that begins shortly and has that window. */
  static Move soon(Stage stage, Site site, String location, Duration window) {
    return in(stage, site, location, stage.settings().cadence().lead(), window);
  }

  /** A migration that begins after a while and has that window. */
  static Move in(Stage stage, Site site, String location, Duration lead, Duration window) {
    Instant start = stage.world().clock().instant().plus(lead);
    return new Move(stage, site, location, start, start.plus(window), OptionalLong.empty());
  }

  /** The same migration, called with the field {@code migrationId} as Forge Remote's hooks are. */
  Move withMigrationId(long id) {
    return new Move(stage, site, location, startTime, endTime, OptionalLong.of(id));
  }

  Instant endTime() {
    return endTime;
  }

  /** Calls a hook once, as the service does. */
  Answer call(Hook hook) {
    return call(hook, body(hook));
  }

  /** Calls a hook with that body. */
  Answer call(Hook hook, String body) {
    return call(hook, hook.method(), body);
  }

  /** Calls a hook by that method, signed for it. */
  Answer call(Hook hook, String method, String body) {
    awaitStart(hook);
    return stage.send(hook, request(hook, method, body, this::token, SIGNED));
  }

  /** Calls a hook with a token that has to be refused. */
  Answer call(Hook hook, Flaw flaw) {
    Tokens tokens = stage.world().tokens();
    return stage.send(
        hook,
        request(
            hook,
            hook.method(),
            body(hook),
            hash -> tokens.flawed(flaw, site.credentials(), hash),
            flaw.meaning()));
  }

  /** Calls a hook, and again while it fails without an error code, as the service does. */
  Answer insist(Hook hook) {
    Answer answer = call(hook);
    for (int i = 0; i < Cadence.RETRIES && isRetried(answer); i++) {
      stage.world().waiter().pause("the retry of " + hook, stage.settings().cadence().retry());
      answer = call(hook);
    }
    return answer;
  }

  /** Calls a hook and closes the connection before the answer is read. */
  void callAndHangUp(Hook hook) {
    awaitStart(hook);
    stage.sendAndHangUp(
        request(hook, hook.method(), body(hook), this::token, SIGNED + "; the answer is not read"));
  }

  /** Calls a hook, with the service's retries, that has to be served. */
  void expect(Hook hook) {
    Answer answer = insist(hook);
    stage.require(Rule.HOOK_ACCEPTED, answer.isSuccess(), hook + ": " + answer);
  }

  /** Asks for the status, which has to be well formed. */
  Phase status() {
    Phase phase = new Phase(call(Hook.STATUS));
    stage.check(
        Rule.STATUS_ANSWERS,
        phase.isWellFormed(),
        phase.isWellFormed() ? "status answers" : "status: " + phase + " " + phase.answer().body());
    if (phase.isFailed()) {
      stage.check(
          Rule.STATUS_FAILED_CODE,
          phase.answer().errorCode().isPresent(),
          "status failed: " + phase);
    }
    return phase;
  }

  /** Polls until the app is ready or has failed; it has to be ready. */
  void awaitReady() {
    Duration patience = stage.settings().patience();
    Phase last =
        stage
            .world()
            .waiter()
            .until(
                "ready-to-commit",
                patience,
                stage.settings().cadence().poll(),
                this::status,
                phase -> phase.isReady() || phase.isFailed());
    stage.require(
        Rule.BECOMES_READY,
        last.isReady(),
        last.isReady() || last.isFailed()
            ? "status: " + last
            : "status after " + patience.toSeconds() + " s of real time: " + last);
  }

  /** The course up to the commit: schedule, site offline, start, poll, site online, last status. */
  void runOffline() {
    expect(Hook.SCHEDULE);
    stage.event("the site goes offline");
    expect(Hook.START);
    awaitReady();
    stage.event("the site is back online");
    Phase last = status();
    stage.require(Rule.BECOMES_READY, last.isReady(), "the last status: " + last);
  }

  /** The start of a body of {@code /schedule} or {@code /start}, and an empty one for the rest. */
  String body(Hook hook) {
    ObjectNode body = JSON.createObjectNode();
    migrationId.ifPresent(id -> body.put("migrationId", id));
    if (hook == Hook.SCHEDULE || hook == Hook.START) {
      body.put("startTime", TIME.format(startTime))
          .put("endTime", TIME.format(endTime))
          .put("location", location);
    }
    return body.toString();
  }

  /** The service starts no migration before its time. */
  private void awaitStart(Hook hook) {
    Duration ahead = Duration.between(stage.world().clock().instant(), startTime);
    if (hook == Hook.START && !ahead.isNegative()) {
      stage.world().waiter().pause("the start time", ahead.plusMillis(1));
    }
  }

  private static boolean isRetried(Answer answer) {
    return !answer.isSuccess() && answer.errorCode().isEmpty();
  }

  private Optional<String> token(String hash) {
    return Optional.of(stage.world().tokens().tenant(site.credentials(), hash));
  }

  /** A call whose token is made for the hash of its method and address. */
  private Call request(
      Hook hook,
      String method,
      String body,
      Function<String, Optional<String>> token,
      String signature) {
    URI base = host();
    String query =
        hook == Hook.STATUS && migrationId.isPresent()
            ? "?migrationId=" + migrationId.getAsLong()
            : "";
    URI uri =
        Descriptor.at(base, stage.settings().descriptor().migrationPath() + hook.path() + query);
    return new Call(
        hook.path().substring(1),
        method,
        uri,
        method.equals("GET") ? null : body,
        token.apply(QueryStringHash.of(method, uri, base)).orElse(null),
        signature);
  }

  private URI host() {
    URI target = stage.settings().descriptor().baseUrl(location);
    return switch (stage.settings().hookHost()) {
      case INSTALLED -> site.baseUrl();
      case TARGET -> target;
      case ALTERNATING -> calls.getAndIncrement() % 2 == 0 ? site.baseUrl() : target;
    };
  }
}
