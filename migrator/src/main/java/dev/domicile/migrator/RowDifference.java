package dev.domicile.migrator;

import java.util.Map;

/**
 * A row that is not the same in both realms. It names the row by its key and holds nothing else of
 * it.
 *
 * @param table the table
 * @param key the key's columns with their values, as texts; empty if the table has none
 * @param kind how the row differs
 */
public record RowDifference(String table, Map<String, String> key, Kind kind) {

  /** How a row of the target differs from the source's. */
  public enum Kind {
    /** The tenant has it in the source and not in the target. */
    MISSING,
    /** The tenant has it in the target and not in the source. */
    EXTRA,
    /** The tenant has it in both, with other values. */
    CHANGED
  }
}
