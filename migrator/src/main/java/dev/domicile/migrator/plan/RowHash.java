package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A 64-bit hash of all that is copied of a row, equal on every server from Postgres 14 on for equal
 * rows only.
 *
 * <p>A type's own hash is equal for values that are equal, such as {@code 1.0} and {@code 1.00} or
 * {@code -0} and {@code 0}, and some fold 64 bits into 32. So a value is hashed by its bytes: by
 * the type's own hash where that takes in every bit, by its binary form where that holds no
 * identifiers, and else by its text. Making a text of each value is what costs most.
 */
final class RowHash {
  private static final Map<String, String> FORMS =
      Map.ofEntries(
          Map.entry("smallint", "%s"),
          Map.entry("integer", "%s"),
          Map.entry("boolean", "%s"),
          Map.entry("date", "%s"),
          Map.entry("uuid", "%s"),
          Map.entry("bytea", "%s"),
          Map.entry("text", "%s COLLATE \"C\""),
          Map.entry("character varying", "%s COLLATE \"C\""),
          Map.entry("character", "bpcharsend(%s)"),
          Map.entry("bigint", "int8send(%s)"),
          Map.entry("real", "float4send(%s)"),
          Map.entry("double precision", "float8send(%s)"),
          Map.entry("numeric", "numeric_send(%s)"),
          Map.entry("time without time zone", "time_send(%s)"),
          Map.entry("timestamp without time zone", "timestamp_send(%s)"),
          Map.entry("timestamp with time zone", "timestamptz_send(%s)"));
  private static final Pattern MODIFIERS = Pattern.compile("\\([0-9, -]+\\)");

  private RowHash() {}

  /**
   * The hash of the columns of a row. The outer hash is there because the hash of a record is a
   * sum: without it, values that two rows have exchanged would cancel out.
   *
   * @param form a column's value as SQL
   */
  static String of(Function<PlannedColumn, String> form, List<PlannedColumn> columns) {
    List<String> values = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (PlannedColumn column : columns) {
      String value = form.apply(column);
      String bytes = FORMS.get(MODIFIERS.matcher(column.type()).replaceAll(""));
      if (bytes == null) {
        texts.add(value);
      } else {
        values.add(bytes.formatted(value));
      }
    }
    if (!texts.isEmpty()) {
      values.add(texts.stream().collect(Collectors.joining(", ", "ROW(", ")::text COLLATE \"C\"")));
    }
    return "hashint4extended(0, hash_record_extended(ROW(" + String.join(", ", values) + "), 0))";
  }
}
