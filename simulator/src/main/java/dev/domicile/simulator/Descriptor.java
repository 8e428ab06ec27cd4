package dev.domicile.simulator;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the migration service reads in an app's descriptor.
 *
 * @param key the app's key
 * @param baseUrl where installations of the realm GLOBAL are served
 * @param regionBaseUrls the other realms' base URLs
 * @param installedPath {@code lifecycle.installed}
 * @param uninstalledPath {@code lifecycle.uninstalled}
 * @param migrationPath {@code lifecycle.dare-migration}, the prefix of the five hooks
 * @param maxMigrationHours {@code dataResidency.maxMigrationDurationHours}
 */
record Descriptor(
    String key,
    URI baseUrl,
    Map<String, URI> regionBaseUrls,
    String installedPath,
    @Nullable String uninstalledPath,
    String migrationPath,
    @Nullable BigDecimal maxMigrationHours) {

  /** The realm that has no key of its own: what {@code baseUrl} serves. */
  static final String GLOBAL = "GLOBAL";

  /** The keys published up to 29 Jan 2026; the set is open. */
  static final Set<String> PUBLISHED_REALMS =
      new TreeSet<>(List.of("EU", "US", "AU", "DE", "SG", "CA", "IN", "KR", "JP", "GB", "CH"));

  private static final Duration DEFAULT_WINDOW = Duration.ofHours(2);

  Descriptor {
    regionBaseUrls = new LinkedHashMap<>(regionBaseUrls);
  }

  /** The base URL of a realm; that of GLOBAL if the realm has none, as the pinning rules say. */
  URI baseUrl(String realm) {
    return regionBaseUrls.getOrDefault(realm, baseUrl);
  }

  boolean serves(String realm) {
    return realm.equals(GLOBAL) || regionBaseUrls.containsKey(realm);
  }

  /** The realms that an installation at that base URL may belong to; realms may share a URL. */
  Set<String> realmsAt(URI url) {
    Set<String> realms = new TreeSet<>();
    if (url.equals(baseUrl)) {
      realms.add(GLOBAL);
    }
    regionBaseUrls.forEach(
        (realm, regional) -> {
          if (regional.equals(url)) {
            realms.add(realm);
          }
        });
    return realms;
  }

  /** How long a migration may take; two hours where the descriptor is silent. */
  Duration window() {
    return maxMigrationHours == null
        ? DEFAULT_WINDOW
        : Duration.ofMinutes(maxMigrationHours.multiply(BigDecimal.valueOf(60)).longValue());
  }

  /** Whether HTTP requests can be sent there. */
  static boolean isUrl(URI url) {
    return url.getHost() != null
        && ("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()));
  }

  /** The address of a path of the app at a base URL. */
  static URI at(URI baseUrl, String path) {
    String base = baseUrl.toString();
    base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    return URI.create(base + (path.startsWith("/") ? path : "/" + path));
  }
}
