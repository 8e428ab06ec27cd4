package dev.domicile.simulator;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The claim {@code qsh}: SHA-256 of method, path and query in their canonical form. Written from
 * the published rules (Atlassian, "Creating a query string hash"), apart from the one in the
 * filter.
 */
final class QueryStringHash {
  private static final String TOKEN_PARAMETER = "jwt";

  private QueryStringHash() {}

  /**
   * The hash of a request.
   *
   * @param baseUrl the base URL that the request goes to; its path is no part of the hash
   */
  static String of(String method, URI request, URI baseUrl) {
    return sha256(canonical(method, request, baseUrl));
  }

  static String canonical(String method, URI request, URI baseUrl) {
    return method.toUpperCase(Locale.ROOT)
        + "&"
        + path(rawPath(request), rawPath(baseUrl))
        + "&"
        + query(request.getRawQuery() == null ? "" : request.getRawQuery());
  }

  private static String rawPath(URI uri) {
    return uri.getRawPath() == null ? "" : uri.getRawPath();
  }

  private static String path(String request, String base) {
    String prefix = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    String path = request.startsWith(prefix) ? request.substring(prefix.length()) : request;
    path = path.replace("&", "%26");
    path = path.startsWith("/") ? path : "/" + path;
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /** Sorted by encoded name; the values of one name sorted as they were meant, then encoded. */
  private static String query(String raw) {
    TreeMap<String, List<String>> parameters = new TreeMap<>();
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      if (!pair.isEmpty() && !name.equals(TOKEN_PARAMETER)) {
        parameters
            .computeIfAbsent(encode(name), n -> new ArrayList<>())
            .add(decode(equals < 0 ? "" : pair.substring(equals + 1)));
      }
    }
    List<String> canonical = new ArrayList<>();
    parameters.forEach(
        (name, values) ->
            canonical.add(
                name
                    + "="
                    + String.join(
                        ",", values.stream().sorted().map(QueryStringHash::encode).toList())));
    return String.join("&", canonical);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /** RFC 3986, of which the form encoding differs in three characters. */
  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
