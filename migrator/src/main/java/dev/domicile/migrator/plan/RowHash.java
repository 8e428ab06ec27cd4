package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A 64-bit hash of all that is copied of a row, equal on every server from Postgres 14 on for equal
 * rows only.
 *
 * <p>A type's own hash is equal for values that are equal, such as {@code 1.0} and {@code 1.00} or
 * {@code -0} and {@code 0}, and some fold 64 bits into 32. So a value is hashed by its bytes: by a
 * function that takes in every bit, with the number of its column as a seed; else as a field of a
 * record, by the type's own hash or its binary form where that holds no identifiers; and else by
 * its text. Making a text of each value is what costs most, and a record comes next.
 */
final class RowHash {
  // A seed is mixed into the hash in full, so a number is given as one.
  private static final Map<String, String> HASHES =
      Map.of(
          "smallint", "hashint4extended(%2$d, %1$s)",
          "integer", "hashint4extended(%2$d, %1$s)",
          "bigint", "hashint4extended(%2$d, %1$s)",
          "uuid", "uuid_hash_extended(%1$s, %2$d)",
          "text", "hashtextextended(%1$s COLLATE \"C\", %2$d)",
          "character varying", "hashtextextended(%1$s COLLATE \"C\", %2$d)");
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("boolean", "%s"),
          Map.entry("date", "%s"),
          Map.entry("bytea", "%s"),
          Map.entry("character", "bpcharsend(%s)"),
          Map.entry("real", "float4send(%s)"),
          Map.entry("double precision", "float8send(%s)"),
          Map.entry("numeric", "numeric_send(%s)"),
          Map.entry("time without time zone", "time_send(%s)"),
          Map.entry("timestamp without time zone", "timestamp_send(%s)"),
          Map.entry("timestamp with time zone", "timestamptz_send(%s)"));
  private static final Pattern MODIFIERS = Pattern.compile("\\([0-9, -]+\\)");

  private RowHash() {}

  /**
   * The hash of the columns of a row. The outer hash is there because what it hashes is a sum of
   * bits: without it, values that two rows have exchanged would cancel out.
   *
   * @param form a column's value as SQL
   */
  static String of(Function<PlannedColumn, String> form, List<PlannedColumn> columns) {
    List<String> hashes = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String value = form.apply(columns.get(i));
      String type = MODIFIERS.matcher(columns.get(i).type()).replaceAll("");
      if (HASHES.containsKey(type)) {
        // A null has no hash of its own.
        hashes.add("coalesce(" + HASHES.get(type).formatted(value, i + 1) + ", " + (i + 1) + ")");
      } else if (FIELDS.containsKey(type)) {
        fields.add(FIELDS.get(type).formatted(value));
      } else {
        texts.add(value);
      }
    }
    if (!texts.isEmpty()) {
      fields.add(record(texts) + "::text COLLATE \"C\"");
    }
    if (!fields.isEmpty()) {
      hashes.add("hash_record_extended(" + record(fields) + ", 0)");
    }
    return "hashint4extended(0, " + String.join(" # ", hashes) + ")";
  }

  private static String record(List<String> fields) {
    return "ROW(" + String.join(", ", fields) + ")";
  }
}
