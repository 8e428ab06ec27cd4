package dev.domicile.simulator;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A site of the product with the app installed on it, as one tenant of the app. */
final class Site {
  private static final JsonMapper JSON = new JsonMapper();

  private final Stage stage;
  private final Settings settings;
  private Credentials credentials = Credentials.fresh();
  private String region;
  private final List<String> accepted = new CopyOnWriteArrayList<>();
  private int written;

  /** A site whose app belongs to that realm; nothing is sent yet. */
  Site(Stage stage, String region) {
    this.stage = stage;
    this.settings = stage.settings();
    this.region = region;
    hideSecret();
  }

  Credentials credentials() {
    return credentials;
  }

  /** The base URL that the product uses at the moment. */
  URI baseUrl() {
    return settings.descriptor().baseUrl(region);
  }

  /** The signed lifecycle call {@code installed}. */
  void install() {
    Answer answer = lifecycle("installed", settings.descriptor().installedPath());
    stage.require(Rule.INSTALLED, answer.isSuccess(), "install at " + baseUrl() + ": " + answer);
  }

  /** Installs again at the present base URL, with a new secret. */
  void reinstall() {
    credentials = credentials.rotated();
    hideSecret();
    install();
  }

  /** The signed lifecycle call {@code uninstalled}, if the app wants it; not checked. */
  void uninstall() {
    String path = settings.descriptor().uninstalledPath();
    if (path != null) {
      lifecycle("uninstalled", path);
    }
  }

  /** The product's switch of the installed region; the app is not told. */
  void switchTo(String realm) {
    region = realm;
    stage.event("the product switches the app's region to " + realm + ": " + baseUrl());
  }

  /** Gives the tenant something to lose. */
  void seed() {
    for (int i = 0; i < settings.seeding().count(); i++) {
      if (!write()) {
        stage.note("the seed was refused");
        return;
      }
    }
  }

  /** Writes once more; whether the app took it. */
  boolean write() {
    String path = settings.seeding().path();
    if (path == null) {
      return true;
    }
    written++;
    // Of one length, so that no number is the beginning of another.
    String number = String.format(Locale.ROOT, "%06d", written);
    String body = settings.seeding().body().replace("{n}", number);
    boolean taken = signed("write", "POST", baseUrl(), path, body).isSuccess();
    if (taken) {
      accepted.add(settings.seeding().mark(number));
    }
    return taken;
  }

  /** Whether a probe shows what was written, so that single writes can be followed. */
  boolean isShowingWrites(@Nullable Sight sight) {
    return sight != null && !accepted.isEmpty() && lost(sight).isEmpty();
  }

  /** Whether each write that was accepted is shown, once. */
  void expectWritesKept() {
    Sight now = await(sight -> lost(sight).isEmpty(), baseUrl());
    List<String> lost = now == null ? List.of() : lost(now);
    stage.check(
        Rule.ACCEPTED_WRITES_KEPT,
        lost.isEmpty(),
        accepted.size() + " accepted" + (lost.isEmpty() ? "" : ", not shown once: " + lost));
  }

  private List<String> lost(Sight sight) {
    String shown = sight.answer().body();
    return accepted.stream()
        .filter(mark -> !shown.contains(mark) || shown.indexOf(mark) != shown.lastIndexOf(mark))
        .toList();
  }

  /** Looks at the tenant's data where the product looks; null if the app offers no probe. */
  @Nullable Sight look() {
    return lookAt(baseUrl());
  }

  /** Looks at the tenant's data at a base URL. */
  @Nullable Sight lookAt(URI base) {
    String path = settings.probing().path();
    if (path == null) {
      stage.note("data and realm were not looked at: no --probe");
      return null;
    }
    Sight sight = Sight.of(signed("probe", "GET", base, path, null), settings.probing());
    if (sight.isServed() && sight.realm() == null) {
      stage.note("the probe names no realm, so data alone were compared");
    }
    return sight;
  }

  /** The first look after an install, by which later ones are judged. */
  @Nullable Sight settled() {
    Set<String> realms = settings.descriptor().realmsAt(baseUrl());
    Sight sight = await(s -> s.isServed() && isIn(s, realms), baseUrl());
    if (sight != null) {
      stage.require(Rule.PROBE_ANSWERS, sight.isServed(), "probe after the install: " + sight);
      stage.check(
          Rule.REALM_BY_HOST, isIn(sight, realms), "installed at " + baseUrl() + ": " + sight);
    }
    return sight;
  }

  /** The last look of those that wait for the tenant to be at home in the realm. */
  @Nullable Sight awaitHome(String realm) {
    return await(sight -> sight.isServed() && isIn(sight, Set.of(realm)), baseUrl());
  }

  /** Whether the tenant is at home in the realm, with what it had; a moment is given to settle. */
  void expectHome(String realm, @Nullable Sight before, Rule rule) {
    expectHome(Set.of(realm), before, Rule.PROBE_ANSWERS, rule);
  }

  /** Whether the tenant is at home in the target realm without having been installed there. */
  void expectKnown(String realm, @Nullable Sight before) {
    expectHome(Set.of(realm), before, Rule.NEW_HOST_KNOWS_TENANT, Rule.LANDS_IN_TARGET);
  }

  /** Whether the tenant is still where it was. */
  void expectUnmoved(@Nullable Sight before, Rule rule) {
    if (before != null && before.realm() != null) {
      expectHome(before.realm(), before, rule);
    } else {
      Set<String> realms = settings.descriptor().realmsAt(baseUrl());
      expectHome(realms, before, Rule.PROBE_ANSWERS, rule);
    }
  }

  private void expectHome(Set<String> realms, @Nullable Sight before, Rule served, Rule home) {
    if (before == null) {
      return;
    }
    Sight now =
        Objects.requireNonNull(await(s -> s.showsSameAs(before) && isIn(s, realms), baseUrl()));
    stage.check(served, now.isServed(), "probe at " + baseUrl() + ": " + now);
    if (now.isServed()) {
      stage.check(home, isIn(now, realms), "expected " + realms + ": " + now);
      stage.check(
          Rule.DATA_KEPT,
          now.showsSameAs(before),
          now.showsSameAs(before) ? "the same" : "the probe's body is another than before");
    }
  }

  /** Whether the former base URL shows the new home or refuses. */
  void expectNotStale(URI former, String realm, @Nullable Sight before) {
    if (before == null) {
      return;
    }
    Predicate<Sight> fresh =
        s -> !s.isServed() || (s.showsSameAs(before) && isIn(s, Set.of(realm)));
    Sight now = Objects.requireNonNull(await(fresh, former));
    stage.check(Rule.OLD_HOST_NOT_STALE, fresh.test(now), "probe at " + former + ": " + now);
  }

  private @Nullable Sight await(Predicate<Sight> enough, URI base) {
    return stage
        .world()
        .waiter()
        .until(
            "the tenant's home",
            settings.settle(),
            settings.settle().dividedBy(10),
            () -> Optional.ofNullable(lookAt(base)),
            sight -> sight.isEmpty() || enough.test(sight.get()))
        .orElse(null);
  }

  private static boolean isIn(Sight sight, Set<String> realms) {
    return sight.realm() == null || realms.contains(sight.realm());
  }

  /** A request signed by the tenant's secret. */
  private Answer signed(
      String purpose, String method, URI base, String path, @Nullable String body) {
    URI uri = Descriptor.at(base, path);
    String token =
        stage.world().tokens().tenant(credentials, QueryStringHash.of(method, uri, base));
    return stage.send(new Call(purpose, method, uri, body, token, "HS256 by the tenant's secret"));
  }

  private Answer lifecycle(String event, String path) {
    URI uri = Descriptor.at(baseUrl(), path);
    String token =
        stage
            .world()
            .tokens()
            .lifecycle(
                credentials,
                QueryStringHash.of("POST", uri, baseUrl()),
                settings.audience(baseUrl()));
    return stage.send(
        new Call(event, "POST", uri, payload(event), token, "RS256 by the published key"));
  }

  /** The body of a lifecycle call; {@code sharedSecret} comes with the install alone. */
  String payload(String event) {
    ObjectNode body =
        JSON.createObjectNode()
            .put("eventType", event)
            .put("key", settings.descriptor().key())
            .put("clientKey", credentials.clientKey())
            .put("baseUrl", "https://rehearsal-" + credentials.clientKey() + ".atlassian.net")
            .put("displayUrl", "https://rehearsal-" + credentials.clientKey() + ".atlassian.net")
            .put("productType", "jira")
            .put("description", "A site of the rehearsal")
            .put("serverVersion", "100000")
            .put("pluginsVersion", "1001.0.0");
    return event.equals("installed")
        ? body.put("sharedSecret", credentials.sharedSecret()).toString()
        : body.toString();
  }

  private void hideSecret() {
    stage.world().redaction().hide(credentials.sharedSecret());
  }
}
