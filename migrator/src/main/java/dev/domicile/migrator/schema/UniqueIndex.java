package dev.domicile.migrator.schema;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A unique index.
 *
 * @param name its name
 * @param primary whether it is the primary key
 * @param deferrable whether its check can wait until commit
 * @param nullsAlike whether a null is taken for equal to another
 * @param columns the columns, or an empty list if it is on expressions
 * @param expressions what it is on, as SQL: columns, quoted, or expressions
 * @param predicate the condition of a partial index, or null
 */
public record UniqueIndex(
    String name,
    boolean primary,
    boolean deferrable,
    boolean nullsAlike,
    List<String> columns,
    List<String> expressions,
    @Nullable String predicate) {

  /** Whether the other index asks the same of a table, whatever it is called. */
  public boolean isLike(UniqueIndex other) {
    return nullsAlike == other.nullsAlike
        && new HashSet<>(expressions).equals(new HashSet<>(other.expressions))
        && Objects.equals(predicate, other.predicate);
  }
}
