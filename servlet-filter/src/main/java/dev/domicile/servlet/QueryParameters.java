package dev.domicile.servlet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
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
    return canonical(Map.Entry.comparingByKey(Comparator.comparing(PercentEncoding::encode)));
  }

  /** The canonical form with names sorted before they are encoded: what atlassian-jwt does. */
  String canonicalByDecodedName() {
    return canonical(Map.Entry.comparingByKey());
  }

  private String canonical(Comparator<Map.Entry<String, List<String>>> order) {
    return values.entrySet().stream()
        .filter(parameter -> !parameter.getKey().equals(TOKEN))
        .sorted(order)
        .map(QueryParameters::canonical)
        .collect(Collectors.joining("&"));
  }

  private static String canonical(Map.Entry<String, List<String>> parameter) {
    return parameter.getValue().stream()
        .sorted()
        .map(PercentEncoding::encode)
        .collect(Collectors.joining(",", PercentEncoding.encode(parameter.getKey()) + "=", ""));
  }
}
