package dev.domicile.migrator.schema;

import org.jspecify.annotations.Nullable;

/**
 * A column as the catalogue describes it.
 *
 * @param name its name
 * @param type its type with modifiers, as SQL writes it
 * @param baseType its type without modifiers; the elements' type of an array
 * @param notNull whether null is refused
 * @param generation the expression by which the server computes it from other columns, or null
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
    String baseType,
    boolean notNull,
    @Nullable String generation,
    boolean identityAlways,
    boolean hasDefault,
    boolean portable,
    boolean orderable,
    int width,
    @Nullable String collation,
    @Nullable String sequence) {

  /** Whether the server computes it from other columns. */
  public boolean generated() {
    return generation != null;
  }
}
