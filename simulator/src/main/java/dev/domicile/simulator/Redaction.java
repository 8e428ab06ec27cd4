package dev.domicile.simulator;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes secrets and tokens out of what a report shows, also where an app echoes them. */
final class Redaction {
  private static final Pattern TOKEN =
      Pattern.compile("eyJ[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*");
  private static final int LONGEST = 2_000;

  private final Set<String> secrets = ConcurrentHashMap.newKeySet();

  /** From now on that text is not shown. */
  void hide(String secret) {
    secrets.add(secret);
  }

  /** The text as it may be shown: without secrets, and cut where it is long. */
  @Nullable String show(@Nullable String text) {
    if (text == null) {
      return null;
    }
    String shown = text;
    for (String secret : secrets) {
      shown = shown.replace(secret, "(secret)");
    }
    shown = TOKEN.matcher(shown).replaceAll("(token)");
    return shown.length() <= LONGEST
        ? shown
        : shown.substring(0, LONGEST) + "... (" + shown.length() + " characters)";
  }
}
