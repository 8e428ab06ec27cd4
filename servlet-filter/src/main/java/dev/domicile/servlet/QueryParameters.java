package dev.domicile.servlet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query string, read without the servlet container, whose own parameters take
 * in a form body and so consume it.
 */
final class QueryParameters {
  /** The parameter that carries the token and is no part of what the token signs. */
  static final String TOKEN = "jwt";

  private final Map<String, List<String>> values;

  private QueryParameters(Map<String, List<String>> values) {
    this.values = values;
  }

  /** Reads the part of the URL after the question mark, as it was sent; null if there is none. */
  static QueryParameters parse(@Nullable String rawQuery) throws MalformedRequestException {
    Map<String, List<String>> values = new TreeMap<>();
    if (rawQuery != null) {
      for (String pair : rawQuery.split("&", -1)) {
        if (!pair.isEmpty()) {
          int equals = pair.indexOf('=');
          String name = PercentEncoding.decode(equals < 0 ? pair : pair.substring(0, equals));
          String value = equals < 0 ? "" : PercentEncoding.decode(pair.substring(equals + 1));
          values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
        }
      }
    }
    return new QueryParameters(values);
  }

  /** The decoded values of a parameter, in the order in which they were sent. */
  List<String> values(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** The canonical form with names sorted as they are encoded: what the products' text says. */
  String canonical() {
    return canonical(new TreeMap<>());
  }

  /** The canonical form with names sorted before they are encoded: what atlassian-jwt does. */
  String canonicalByDecodedName() {
    return canonical(new LinkedHashMap<>());
  }

  /** In the order in which the map has what is put into it in the order of the decoded names. */
  private String canonical(Map<String, List<String>> byEncodedName) {
    values.forEach((name, all) -> byEncodedName.put(PercentEncoding.encode(name), all));
    byEncodedName.remove(TOKEN);
    StringBuilder text = new StringBuilder();
    byEncodedName.forEach(
        (name, all) -> {
          text.append(text.isEmpty() ? "" : "&").append(name).append('=');
          append(all, text);
        });
    return text.toString();
  }

  private static void append(List<String> values, StringBuilder text) {
    List<String> sorted = values;
    if (values.size() > 1) {
      sorted = new ArrayList<>(values);
      Collections.sort(sorted);
    }
    for (int i = 0; i < sorted.size(); i++) {
      text.append(i == 0 ? "" : ",").append(PercentEncoding.encode(sorted.get(i)));
    }
  }
}
