package dev.domicile.migrator.plan;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Decides whether two servers are proven to put texts in the same order. */
final class Collations {
  // Provider, locale and, where the server knows it, version: see the catalogue's query.
  private static final Pattern BY_BYTES = Pattern.compile("./(C|POSIX|C\\.UTF-?8)(/.*)?");
  private static final Pattern VERSIONED = Pattern.compile("./[^/]+/.+");

  private Collations() {}

  /**
   * Whether both order alike: the column has no collation at all, or both ends have the same one
   * and it either goes by bytes or says the same version.
   */
  static boolean orderAlike(@Nullable String source, @Nullable String target) {
    if (source == null) {
      return true;
    }
    return source.equals(target)
        && (BY_BYTES.matcher(source).matches() || VERSIONED.matcher(source).matches());
  }
}
