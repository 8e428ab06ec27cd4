package dev.domicile.servlet;

import java.util.List;

/** Paths named one by one, or as all below a folder by {@code /folder/*}. */
final class PathSet {
  private static final String BELOW = "/*";

  private final List<String> patterns;

  PathSet(List<String> patterns) {
    this.patterns = List.copyOf(patterns);
  }

  boolean contains(String path) {
    return patterns.stream().anyMatch(pattern -> matches(pattern, path));
  }

  /** Refuses what would match nothing, and what would match everything. */
  static void require(String name, List<String> patterns) {
    for (String pattern : patterns) {
      String plain = pattern.endsWith(BELOW) ? folder(pattern) : pattern;
      if (!plain.startsWith("/") || plain.contains("*")) {
        throw new IllegalArgumentException(
            name + " has '" + pattern + "', expected a path such as /health or /public/*");
      }
    }
  }

  private static boolean matches(String pattern, String path) {
    if (!pattern.endsWith(BELOW)) {
      return path.equals(pattern);
    }
    String folder = folder(pattern);
    return path.equals(folder) || path.startsWith(folder + "/");
  }

  private static String folder(String pattern) {
    return pattern.substring(0, pattern.length() - BELOW.length());
  }
}
