package dev.domicile.servlet;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What the app's descriptor says, as far as requests are concerned. A null component stands for its
 * default.
 *
 * <p>The paths are as the container sees them: decoded, without dot segments, without the servlet
 * context's own path. A pattern is one path, or all paths below a folder: {@code /public/*}.
 *
 * @param appKey the {@code key} of the app
 * @param basePath the path of the app's base URL, which signatures leave out; empty by default
 * @param contextTokenPaths paths that take a token bound to no request, as the app's own pages send
 *     it; none by default. Never a path that the descriptor names: such a token can be replayed
 *     there
 * @param openPaths paths served to anyone, without a tenant, such as {@code /health} and {@code
 *     /atlassian-connect.json}; none by default
 */
public record ConnectConfig(
    String appKey, String basePath, List<String> contextTokenPaths, List<String> openPaths) {
  private static final Pattern APP_KEY = Pattern.compile("[A-Za-z0-9._-]{1,80}");

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if the key or a path is not of its form, or a pattern would
   *     match every path
   */
  public ConnectConfig {
    basePath = Objects.requireNonNullElse(basePath, "");
    contextTokenPaths = List.copyOf(Objects.requireNonNullElse(contextTokenPaths, List.of()));
    openPaths = List.copyOf(Objects.requireNonNullElse(openPaths, List.of()));
    if (!APP_KEY.matcher(appKey).matches()) {
      throw new IllegalArgumentException(
          "appKey is '" + appKey + "', expected letters, digits, dots, underscores and hyphens");
    }
    if (!basePath.isEmpty() && !basePath.startsWith("/")) {
      throw new IllegalArgumentException(
          "basePath is '" + basePath + "', expected nothing or a path such as /app");
    }
    PathSet.require("contextTokenPaths", contextTokenPaths);
    PathSet.require("openPaths", openPaths);
  }

  /** An app at the root of its host, all of whose paths demand a token bound to the request. */
  public ConnectConfig(String appKey) {
    this(appKey, "", List.of(), List.of());
  }
}
