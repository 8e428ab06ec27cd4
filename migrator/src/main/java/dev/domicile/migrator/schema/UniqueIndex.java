package dev.domicile.migrator.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A unique index.
 *
 * @param name its name
 * @param primary whether it is the primary key
 * @param deferrable whether its check can wait until commit
 * @param columns the columns, or an empty list if it is on expressions
 * @param expressions what it is on, as SQL: columns, quoted, or expressions
 * @param predicate the condition of a partial index, or null
 */
public record UniqueIndex(
    String name,
    boolean primary,
    boolean deferrable,
    List<String> columns,
    List<String> expressions,
    @Nullable String predicate) {}
