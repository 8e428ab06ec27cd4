package dev.domicile.migrator.schema;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.domicile.sql.Identifiers;
import java.util.Comparator;

/**
 * A table's name with its schema, written {@code schema.table}.
 *
 * @param schema the schema
 * @param table the table
 */
public record TableName(String schema, String table) implements Comparable<TableName> {
  private static final Comparator<TableName> ORDER =
      Comparator.comparing(TableName::schema).thenComparing(TableName::table);

  /** Reads {@code schema.table}; a name without a schema is in the default one. */
  public static TableName parse(String text, String defaultSchema) {
    int dot = text.indexOf('.');
    return dot < 0
        ? new TableName(defaultSchema, text)
        : new TableName(text.substring(0, dot), text.substring(dot + 1));
  }

  @JsonCreator
  static TableName parse(String text) {
    return parse(text, "public");
  }

  /** The name as SQL wants it. */
  public String sql() {
    return Identifiers.quote(schema, table);
  }

  @Override
  public int compareTo(TableName other) {
    return ORDER.compare(this, other);
  }

  @JsonValue
  @Override
  public String toString() {
    return schema + "." + table;
  }
}
