package dev.domicile.servlet;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The part of a request that a Connect token is bound to by its claim {@code qsh}: method, path and
 * query.
 */
final class CanonicalRequest {
  private final String methodAndPath;
  private final QueryParameters query;

  /**
   * Takes a request apart.
   *
   * @param rawPath the path as it was sent, with its escapes
   * @param basePath the path of the app's base URL, which the hash leaves out; may be empty
   */
  CanonicalRequest(String method, String rawPath, String basePath, QueryParameters query) {
    this.methodAndPath =
        method.toUpperCase(Locale.ROOT) + "&" + canonicalPath(rawPath, basePath) + "&";
    this.query = query;
  }

  /** The text whose SHA-256 is the hash. */
  String text() {
    return methodAndPath + query.canonical();
  }

  /** The same with the parameters in the order of npm's atlassian-jwt. */
  String textByDecodedName() {
    return methodAndPath + query.canonicalByDecodedName();
  }

  /** The hash that the products compute. */
  String hash() {
    return sha256(text());
  }

  /** Whether the claim is the hash of this request, by either order; compared in constant time. */
  boolean hasHash(String claim) {
    byte[] claimed = claim.getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(bytes(hash()), claimed)
        || MessageDigest.isEqual(bytes(sha256(textByDecodedName())), claimed);
  }

  static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(text)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String canonicalPath(String rawPath, String basePath) {
    String base = withoutTrailingSlash(basePath);
    // A bare prefix test, as in the products' own libraries; the hashes have to agree.
    String path = rawPath.startsWith(base) ? rawPath.substring(base.length()) : rawPath;
    path = path.replace("&", "%26");
    if (!path.startsWith("/")) {
      path = "/" + path;
    }
    return path.equals("/") ? path : withoutTrailingSlash(path);
  }

  private static String withoutTrailingSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
