package dev.domicile.migrator.schema;

import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A foreign key.
 *
 * @param name its name
 * @param columns the columns that refer
 * @param referenced the table that they refer to
 * @param referencedColumns the columns there, in the same order
 * @param deferrable whether its check can wait until the commit, when a row is deleted too
 * @param matchFull whether its columns must be null all together or not at all
 */
public record ForeignKey(
    String name,
    List<String> columns,
    TableName referenced,
    List<String> referencedColumns,
    boolean deferrable,
    boolean matchFull) {

  /** The same with another answer to whether its check can wait. */
  public ForeignKey withDeferrable(boolean other) {
    return new ForeignKey(name, columns, referenced, referencedColumns, other, matchFull);
  }

  /** The condition that a row refers to another one at all. */
  public String refers(String row) {
    return columns.stream()
        .map(column -> row + "." + Identifiers.quote(column) + " IS NOT NULL")
        .collect(Collectors.joining(" AND "));
  }

  /** The condition that a row refers to that one. */
  public String refersTo(String row, String referred) {
    return "(%s) = (%s)"
        .formatted(
            Identifiers.columns(referred, referencedColumns), Identifiers.columns(row, columns));
  }

  /** Whether the other key says the same, whatever it is called. */
  public boolean isLike(ForeignKey other) {
    return columns.equals(other.columns)
        && referenced.equals(other.referenced)
        && referencedColumns.equals(other.referencedColumns);
  }
}
