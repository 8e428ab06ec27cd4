package dev.domicile.sql;

import java.util.Collection;
import java.util.stream.Collectors;

/** Quotes names and texts for SQL; the only place that does. */
public final class Identifiers {
  private Identifiers() {}

  /** Quotes a name: {@code note} becomes {@code "note"}. */
  public static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Quotes a name with its schema. */
  public static String quote(String schema, String name) {
    return quote(schema) + '.' + quote(name);
  }

  /** Quotes names and joins them with commas. */
  public static String quoteAll(Collection<String> names) {
    return names.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
  }

  /**
   * Quotes columns of a row and joins them with commas.
   *
   * @param row how the statement calls the row, such as an alias
   */
  public static String columns(String row, Collection<String> names) {
    return names.stream().map(name -> row + '.' + quote(name)).collect(Collectors.joining(", "));
  }

  /**
   * Writes a text as a literal that means the same whatever {@code standard_conforming_strings}
   * says.
   */
  public static String literal(String text) {
    String quoted = '\'' + text.replace("'", "''").replace("\\", "\\\\") + '\'';
    return text.indexOf('\\') < 0 ? quoted : " E" + quoted;
  }
}
