package dev.domicile.router;

import java.util.regex.Pattern;

/**
 * A legal place where data rest, such as EU, US or GLOBAL. Realms are data: any name may be
 * configured.
 *
 * @param name capital letters, digits and underscores, at most 32
 */
public record Realm(String name) implements Comparable<Realm> {
  private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,31}");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it is not of the form above
   */
  public Realm {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "realm '" + name + "' is not a name of capital letters, digits and underscores");
    }
  }

  @Override
  public int compareTo(Realm other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
