package dev.domicile.migrator.schema;

import org.jspecify.annotations.Nullable;

/**
 * A column as the catalogue describes it.
 *
 * @param name its name
 * @param type its type with modifiers, as SQL writes it
 * @param notNull whether null is refused
 * @param generated whether the server computes it from other columns
 * @param identityAlways whether an INSERT must say OVERRIDING SYSTEM VALUE
 * @param hasDefault whether an INSERT may leave it out
 * @param portable whether its binary form means the same on another server; false where it holds
 *     identifiers of types or objects
 * @param orderable whether the server's own operators compare it, so that it may be part of a key
 * @param width its size in bytes, or -1 if it varies
 * @param collation names what orders its texts, with provider and version; null if it has none
 * @param sequence the sequence that feeds it, quoted, or null
 */
public record Column(
    String name,
    String type,
    boolean notNull,
    boolean generated,
    boolean identityAlways,
    boolean hasDefault,
    boolean portable,
    boolean orderable,
    int width,
    @Nullable String collation,
    @Nullable String sequence) {}
