package dev.domicile.servlet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.servlet.DescriptorFinding.Code;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Holds one descriptor against what is configured. */
final class DescriptorCheck {
  private static final String REGIONS = "regionBaseUrls";
  private static final String LIFECYCLE = "lifecycle";
  private static final String HOOKS = "dare-migration";

  private final Descriptor expected;
  private final ObjectNode actual;
  private final List<DescriptorFinding> findings = new ArrayList<>();

  /** What has an address, in the order of the descriptor; the global realm first. */
  private final Map<Realm, URI> addresses = new LinkedHashMap<>();

  DescriptorCheck(Descriptor expected, ObjectNode actual) {
    this.expected = expected;
    this.actual = actual;
  }

  List<DescriptorFinding> run() {
    if (!expected.config().appKey().equals(text(actual.get("key")))) {
      add(Code.OTHER_APP, "key", "expected '" + expected.config().appKey() + "'");
    }
    Realm global = expected.baseUrls().global();
    checkAddress(global, "baseUrl", actual.get("baseUrl"));
    if (!expected.realms().containsKey(global)) {
      add(Code.UNKNOWN_REALM, "baseUrl", "no database is configured for realm " + global);
    }
    checkRegions();
    checkHosts();
    checkLifecycle();
    checkDuration(actual.path("dataResidency").get("maxMigrationDurationHours"));
    if (!actual.path("apiMigrations").path("signed-install").asBoolean(false)) {
      add(Code.UNSIGNED_INSTALLS, "apiMigrations.signed-install", "expected true");
    }
    return List.copyOf(findings);
  }

  private void checkRegions() {
    JsonNode regions = actual.path(REGIONS);
    if (!regions.isMissingNode() && !regions.isObject()) {
      add(Code.MALFORMED_URL, REGIONS, "expected an object of addresses by realm");
    }
    regions.properties().forEach(each -> checkRegion(each.getKey(), each.getValue()));
    for (Realm realm : new TreeSet<>(expected.realms().keySet())) {
      if (!realm.equals(expected.baseUrls().global()) && !regions.has(realm.name())) {
        add(
            Code.MISSING_URL,
            REGIONS + "." + realm,
            "realm "
                + realm
                + " has a database but no address; products pinned to it would not be"
                + " served from it");
      }
    }
  }

  private void checkRegion(String key, JsonNode value) {
    String where = REGIONS + "." + key;
    Optional<Realm> realm = realm(key);
    if (realm.isEmpty()) {
      add(Code.UNKNOWN_REALM, where, "a realm is a name of capital letters, such as EU");
      return;
    }
    if (realm.get().equals(expected.baseUrls().global())) {
      add(Code.UNKNOWN_REALM, where, "the global realm has no key; its address is the baseUrl");
      return;
    }
    if (!expected.realms().containsKey(realm.get())) {
      add(
          Code.UNKNOWN_REALM,
          where,
          "no database is configured for it; configured are "
              + new TreeSet<>(expected.realms().keySet()));
    }
    checkAddress(realm.get(), where, value);
  }

  private void checkAddress(Realm realm, String where, @Nullable JsonNode value) {
    String text = text(value);
    if (text == null || text.isBlank()) {
      add(Code.MISSING_URL, where, "expected an address such as https://eu.example.com");
      return;
    }
    URI url;
    try {
      url = URI.create(text);
    } catch (IllegalArgumentException e) {
      add(Code.MALFORMED_URL, where, "expected an address such as https://eu.example.com");
      return;
    }
    if (url.getHost() == null
        || url.getRawUserInfo() != null
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      add(Code.MALFORMED_URL, where, "expected a host and at most a path");
      return;
    }
    if (!"https".equalsIgnoreCase(url.getScheme())) {
      add(Code.NOT_HTTPS, where, "expected https://, as Atlassian does");
    }
    Optional<URI> configured = expected.baseUrls().of(realm);
    if (configured.isPresent() && !configured.get().equals(url)) {
      add(Code.OTHER_URL, where, "configured is " + configured.get());
    }
    addresses.put(realm, url);
  }

  private void checkHosts() {
    Map<String, Realm> byHost = new LinkedHashMap<>();
    addresses.forEach(
        (realm, url) -> {
          String host = url.getHost().toLowerCase(Locale.ROOT) + ":" + url.getPort();
          Realm other = byHost.putIfAbsent(host, realm);
          if (other != null && !shareDatabase(other, realm)) {
            add(
                Code.DUPLICATED_HOST,
                where(realm),
                url.getHost() + " is the host of realm " + other + " too");
          }
        });
  }

  /** EU and DE often do; a tenant of either rests in the same place then. */
  private boolean shareDatabase(Realm a, Realm b) {
    DatabaseConfig first = expected.realms().get(a);
    DatabaseConfig second = expected.realms().get(b);
    return first != null && second != null && first.address().equals(second.address());
  }

  private void checkLifecycle() {
    JsonNode lifecycle = actual.path(LIFECYCLE);
    checkPath(Code.MISSING_PATH, "installed", lifecycle, expected.paths().installed());
    checkPath(Code.MISSING_PATH, "uninstalled", lifecycle, expected.paths().uninstalled());
    String hooks = expected.paths().dareMigration();
    if (hooks != null) {
      checkPath(Code.MISSING_HOOK_PATH, HOOKS, lifecycle, hooks);
    } else if (lifecycle.has(HOOKS)) {
      add(Code.OTHER_PATH, where(HOOKS), "the app answers no migration hooks");
    } else if (actual.path(REGIONS).size() > 0) {
      add(
          Code.MISSING_HOOK_PATH,
          where(HOOKS),
          "there are addresses of realms; without the hooks no tenant can be moved to them");
    }
    if (lifecycle.has(HOOKS) && actual.path(REGIONS).isEmpty()) {
      add(Code.MISSING_URL, REGIONS, "there are migration hooks but no realm to move to");
    }
  }

  private void checkPath(Code missing, String name, JsonNode lifecycle, String path) {
    String found = text(lifecycle.get(name));
    if (found == null || found.isBlank()) {
      add(missing, where(name), "expected " + path);
    } else if (!found.equals(path)) {
      add(Code.OTHER_PATH, where(name), "expected " + path + ", which is what the app answers");
    }
  }

  private void checkDuration(@Nullable JsonNode value) {
    if (value == null) {
      return;
    }
    double hours = value.isNumber() ? value.doubleValue() : Double.NaN;
    String where = "dataResidency.maxMigrationDurationHours";
    if (!(hours >= 0.5 && hours <= 24 && hours * 2 == Math.rint(hours * 2))) {
      add(Code.MALFORMED_DURATION, where, "expected 0.5 to 24 in steps of 0.5");
    }
  }

  private String where(Realm realm) {
    return realm.equals(expected.baseUrls().global()) ? "baseUrl" : REGIONS + "." + realm;
  }

  private static String where(String path) {
    return LIFECYCLE + "." + path;
  }

  private void add(Code code, String where, String message) {
    findings.add(new DescriptorFinding(code, where, message));
  }

  private static @Nullable String text(@Nullable JsonNode value) {
    return value == null ? null : value.textValue();
  }

  private static Optional<Realm> realm(String key) {
    try {
      return Optional.of(new Realm(key));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
