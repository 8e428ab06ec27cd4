package dev.domicile.testkit;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names statements by their text, so that one with other values has the same name. */
final class StatementText {
  private static final Pattern LITERAL = Pattern.compile("'(?:[^']|'')*'");
  private static final Pattern UUID =
      Pattern.compile("\\p{XDigit}{8}(?:[-_]\\p{XDigit}{4}){3}[-_]\\p{XDigit}{12}");
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+");
  private static final Pattern STATE = Pattern.compile("[A-Z_]{4,20}");
  private static final Pattern TRANSACTION =
      Pattern.compile("(?i)(?:begin|commit|rollback|end|savepoint|release)\\b.*");

  private static final Pattern READS =
      Pattern.compile(
          "(?i)(?:show|set|begin|do|copy"
              + " \\(select)\\b.*|select(?!.*\\b(?:setval|nextval|pg_notify|pg_advisory\\w+|for"
              + " (?:update|share|key share))\\b).*");

  private StatementText() {}

  static String of(String sql) {
    String text = LITERAL.matcher(sql).replaceAll("?");
    text = UUID.matcher(text).replaceAll("#");
    text = NUMBER.matcher(text).replaceAll("#");
    return text.replaceAll("\\s+", " ").strip();
  }

  /** States among the values tell steps apart that have one statement. */
  static String states(List<String> values) {
    String states =
        values.stream()
            .filter(value -> STATE.matcher(value).matches())
            .collect(Collectors.joining(" "));
    return states.isEmpty() ? "" : " [" + states + "]";
  }

  static boolean reads(String exchange) {
    return Arrays.stream(exchange.split("; ")).allMatch(text -> READS.matcher(text).matches());
  }

  static boolean controlsTransaction(String text) {
    return TRANSACTION.matcher(text).matches();
  }
}
