package dev.domicile.migrator.schema;

import java.util.List;
import java.util.Optional;

/**
 * A table as the catalogue describes it.
 *
 * @param name its name
 * @param owned whether the session's role may create triggers on it as its owner
 * @param filtered whether row-level security binds the session's role on it
 * @param unlogged whether its rows do not outlive a crash of the server
 * @param hasChildren whether other tables inherit from it (partitions not counted)
 * @param columns its columns, in the order of the catalogue
 * @param uniqueIndexes its unique indexes, the primary key first
 * @param foreignKeys its foreign keys, by name
 */
public record Table(
    TableName name,
    boolean owned,
    boolean filtered,
    boolean unlogged,
    boolean hasChildren,
    List<Column> columns,
    List<UniqueIndex> uniqueIndexes,
    List<ForeignKey> foreignKeys) {

  /** The column of that name, if there is one. */
  public Optional<Column> column(String columnName) {
    return columns.stream().filter(column -> column.name().equals(columnName)).findFirst();
  }

  /** Whether none of these columns can be null. */
  public boolean notNull(List<String> columnNames) {
    return columnNames.stream().allMatch(c -> column(c).map(Column::notNull).orElse(false));
  }

  /**
   * The index whose columns tell rows apart: the primary key, else a unique index of columns that
   * cannot be null. A unique index with nulls is no key, nor is one that is checked late: no row
   * can be brought up to date by it. Nor is one of columns that are not copied.
   */
  public Optional<UniqueIndex> key() {
    return uniqueIndexes.stream()
        .filter(index -> index.predicate() == null && !index.columns().isEmpty())
        .filter(index -> !index.deferrable())
        .filter(index -> index.primary() || notNull(index.columns()))
        .filter(index -> index.columns().stream().noneMatch(this::isGenerated))
        .findFirst();
  }

  private boolean isGenerated(String columnName) {
    return column(columnName).map(Column::generated).orElse(false);
  }
}
