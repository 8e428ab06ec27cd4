package dev.domicile.migrator.schema;

import java.util.List;

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

  /** Whether the other key says the same, whatever it is called. */
  public boolean isLike(ForeignKey other) {
    return columns.equals(other.columns)
        && referenced.equals(other.referenced)
        && referencedColumns.equals(other.referencedColumns);
  }
}
