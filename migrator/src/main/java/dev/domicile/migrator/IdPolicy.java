package dev.domicile.migrator;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of the ids in a key column on the way to another realm. */
public enum IdPolicy {
  /** They stay as they are; a move is refused where one of them is taken. */
  @JsonProperty("preserve")
  PRESERVE,
  /**
   * A constant is added to each, the same in every foreign key that leads there. It is reserved in
   * the target's sequence, once for each migration.
   */
  @JsonProperty("offset")
  OFFSET
}
