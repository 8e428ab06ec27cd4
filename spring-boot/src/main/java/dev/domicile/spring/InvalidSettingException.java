package dev.domicile.spring;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A key of the configuration is missing or wrong. Its text never holds the value of a secret. */
final class InvalidSettingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What the records say of a bad component: its name, its value, what was expected. */
  private static final Pattern MESSAGE =
      Pattern.compile("([A-Za-z][A-Za-z.]*)(?:(?: is| has) .*?)?[,:] (?:expected )?(.+)");

  private static final Pattern CAPITAL = Pattern.compile("(?<=[a-z])([A-Z])");

  private final String key;
  private final String expected;

  InvalidSettingException(String key, String expected, @Nullable Throwable cause) {
    super(key + ": expected " + expected, cause);
    this.key = key;
    this.expected = expected;
  }

  /** Makes something of settings whose keys start with the prefix. */
  static <T> T checked(String prefix, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      Matcher matcher = MESSAGE.matcher(message);
      if (matcher.matches()) {
        throw new InvalidSettingException(
            prefix + "." + kebab(matcher.group(1)), matcher.group(2), e);
      }
      throw new InvalidSettingException(prefix, "something else: " + message, e);
    }
  }

  /** The value of a key that has to be there. */
  static <T> T required(String key, @Nullable T value, String expected) {
    if (value == null) {
      throw new InvalidSettingException(key, expected, null);
    }
    return value;
  }

  String key() {
    return key;
  }

  String expected() {
    return expected;
  }

  /** Names of realms stay as they are. */
  private static String kebab(String name) {
    return Arrays.stream(name.split("\\.", -1))
        .map(part -> CAPITAL.matcher(part).replaceAll("-$1"))
        .map(part -> part.contains("-") ? part.toLowerCase(Locale.ROOT) : part)
        .collect(Collectors.joining("."));
  }
}
