package dev.domicile.servlet;

import dev.domicile.router.Realm;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The app's addresses: the descriptor's {@code baseUrl} and {@code regionBaseUrls}. No field of any
 * call names the realm that the product is pinned to; the app learns it from the address that the
 * call came to (Atlassian developer documentation, "Data residency").
 *
 * @param baseUrl the address of the global realm
 * @param regionBaseUrls the address of each other realm; null stands for none
 * @param global what the realm behind {@code baseUrl} is called here; null stands for GLOBAL. The
 *     descriptor has no key for it
 * @param stack the realm whose stack this node belongs to, or null to go by the host that a request
 *     names. Name it where a proxy changes that host; otherwise let the container take the host
 *     from the proxy's headers
 */
public record BaseUrls(
    URI baseUrl, Map<Realm, URI> regionBaseUrls, Realm global, @Nullable Realm stack) {

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if an address is not {@code http://} or {@code https://} with
   *     a host and at most a path, if the global realm is among the others, or the stack's among
   *     none
   */
  public BaseUrls {
    Objects.requireNonNull(baseUrl, "baseUrl");
    global = Objects.requireNonNullElseGet(global, () -> new Realm("GLOBAL"));
    regionBaseUrls =
        new TreeMap<>(Objects.requireNonNullElse(regionBaseUrls, Map.<Realm, URI>of()));
    regionBaseUrls = Collections.unmodifiableMap(regionBaseUrls);
    require("baseUrl", baseUrl);
    regionBaseUrls.forEach((realm, url) -> require("regionBaseUrls." + realm, url));
    if (regionBaseUrls.containsKey(global)) {
      throw new IllegalArgumentException(
          "regionBaseUrls has " + global + ", whose address is the baseUrl");
    }
    if (stack != null && !stack.equals(global) && !regionBaseUrls.containsKey(stack)) {
      throw new IllegalArgumentException("stack is " + stack + ", which has no address");
    }
  }

  /** Addresses told apart by the host that a request names. */
  public BaseUrls(URI baseUrl, Map<Realm, URI> regionBaseUrls) {
    this(baseUrl, regionBaseUrls, new Realm("GLOBAL"), null);
  }

  /** Where the realm's stack is, or nothing if it has no address. */
  Optional<URI> of(Realm realm) {
    return Optional.ofNullable(all().get(realm));
  }

  /** The realm whose address the request came to, or nothing if it came to none of them. */
  public Optional<Realm> arrival(HttpServletRequest request) {
    if (stack != null) {
      return Optional.of(stack);
    }
    return all().entrySet().stream()
        .filter(each -> isAt(each.getValue(), request))
        // Addresses of one host are told apart by their paths: the longer one says more.
        .max(Map.Entry.comparingByValue((a, b) -> path(a).length() - path(b).length()))
        .map(Map.Entry::getKey);
  }

  /**
   * Whether a token is meant for the app: its first audience is one of the addresses, give or take
   * a slash at the end. Which of them the product names for a pinned tenant is documented nowhere;
   * the first is what Atlassian's own libraries look at.
   */
  boolean areAudience(List<String> audience) {
    return !audience.isEmpty()
        && all().values().stream().anyMatch(url -> normal(url).equals(normal(audience.get(0))));
  }

  Collection<Realm> realms() {
    return all().keySet();
  }

  private Map<Realm, URI> all() {
    Map<Realm, URI> all = new LinkedHashMap<>();
    all.put(global, baseUrl);
    all.putAll(regionBaseUrls);
    return all;
  }

  /** The path of an address, without a slash at the end. */
  static String path(URI url) {
    return withoutSlash(Objects.requireNonNullElse(url.getRawPath(), ""));
  }

  private static boolean isAt(URI url, HttpServletRequest request) {
    String path = request.getRequestURI();
    String base = path(url);
    return url.getHost().equalsIgnoreCase(request.getServerName())
        // Behind a proxy the port is often the container's own; it counts if the address names one.
        && (url.getPort() < 0 || url.getPort() == request.getServerPort())
        && (path.equals(base) || path.startsWith(base + "/"));
  }

  private static String normal(URI url) {
    return normal(url.toString());
  }

  private static String normal(String url) {
    int path = url.indexOf('/', url.indexOf("://") + 3);
    return path < 0
        ? url.toLowerCase(Locale.ROOT)
        : url.substring(0, path).toLowerCase(Locale.ROOT) + withoutSlash(url.substring(path));
  }

  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static void require(String name, URI url) {
    boolean web =
        "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
    if (!web
        || url.getHost() == null
        || url.getRawUserInfo() != null
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      throw new IllegalArgumentException(
          name + ": expected an address such as https://eu.example.com/app");
    }
  }
}
