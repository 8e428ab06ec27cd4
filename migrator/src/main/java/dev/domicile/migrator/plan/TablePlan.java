package dev.domicile.migrator.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of one table move.
 *
 * @param name the table
 * @param path how its rows are known to be the tenant's
 * @param columns the columns that are copied, generated ones left out
 * @param key the columns that tell its rows apart and put them in order; none where no index does,
 *     then all rows are one chunk
 * @param binary whether the binary form of COPY is safe between the two servers
 * @param chunked whether it may be cut into chunks; a table that refers to itself may not, where
 *     the target checks every foreign key at once
 * @param references its foreign keys
 * @param wave tables of one wave may be copied at the same time, after those of the waves before
 */
public record TablePlan(
    TableName name,
    TenantPath path,
    List<PlannedColumn> columns,
    List<KeyColumn> key,
    boolean binary,
    boolean chunked,
    List<ForeignKey> references,
    int wave) {

  /**
   * A column that is copied.
   *
   * @param name its name
   * @param type its type, equal on both ends
   * @param width its size in bytes, or -1 if it varies
   * @param identityAlways whether only COPY may set it
   * @param sequence the sequence that feeds it at the target, quoted, or null
   * @param late whether it is part of a reference that closes a circle of tables: where the target
   *     checks foreign keys at once, it is null until all rows are in
   * @param offset what is added to its numbers on the way to the target; 0 where that is reserved
   *     at the start only, null where they stay as they are
   */
  public record PlannedColumn(
      String name,
      String type,
      int width,
      boolean identityAlways,
      @Nullable String sequence,
      boolean late,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long offset) {

    /** The same with another offset. */
    PlannedColumn withOffset(@Nullable Long other) {
      return new PlannedColumn(name, type, width, identityAlways, sequence, late, other);
    }

    /** What is added to its numbers. */
    public long shift() {
      return offset == null ? 0 : offset;
    }
  }

  /**
   * A column of the key.
   *
   * @param name its name
   * @param type its type
   * @param bytewise whether its texts are compared by bytes, because the two servers are not proven
   *     to order them alike
   */
  public record KeyColumn(String name, String type, boolean bytewise) {}

  /** The names of the columns that are copied. */
  public List<String> columnNames() {
    return columns.stream().map(PlannedColumn::name).toList();
  }

  /** The names of the columns of references that close a circle of tables. */
  public List<String> lateNames() {
    return columns.stream().filter(PlannedColumn::late).map(PlannedColumn::name).toList();
  }

  /** What is added to the numbers of that column on the way to the target. */
  public long shift(String column) {
    return columns.stream()
        .filter(planned -> planned.name().equals(column))
        .mapToLong(PlannedColumn::shift)
        .findFirst()
        .orElse(0);
  }

  /** Whether the reference is the only tenant path, which never leaves the tenant. */
  public boolean isPath(ForeignKey reference) {
    return path instanceof TenantPath.ByParent one && isOver(one, reference);
  }

  /** Whether a foreign key of the table sees to it that the path leads to one row. */
  public boolean isBacked(TenantPath.ByParent one) {
    return references.stream().anyMatch(reference -> isOver(one, reference));
  }

  private static boolean isOver(TenantPath.ByParent path, ForeignKey reference) {
    return path.parent().equals(reference.referenced())
        && path.columns().equals(reference.columns())
        && path.parentColumns().equals(reference.referencedColumns());
  }

  /** The same with other columns. */
  TablePlan withColumns(List<PlannedColumn> other) {
    return new TablePlan(name, path, other, key, binary, chunked, references, wave);
  }

  /** The names of the key's columns. */
  public List<String> keyNames() {
    return key.stream().map(KeyColumn::name).toList();
  }
}
