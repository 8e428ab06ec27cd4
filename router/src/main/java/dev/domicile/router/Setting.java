package dev.domicile.router;

import java.time.Duration;

/** Checks of configured values, whose errors name the key, the value and what was expected. */
final class Setting {
  private Setting() {}

  static Duration positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + ", expected more than zero");
    }
    return value;
  }

  static Duration between(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + ", expected " + least + " to " + most);
    }
    return value;
  }

  static long atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          name + " is " + value + ", expected " + least + " or more");
    }
    return value;
  }
}
