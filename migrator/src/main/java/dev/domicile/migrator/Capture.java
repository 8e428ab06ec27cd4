package dev.domicile.migrator;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the keys of rows that the tenant writes while it is copied are noted at the source. */
public enum Capture {
  /** Triggers write them into a table there, in the transaction that writes the row. */
  @JsonProperty("triggers")
  TRIGGERS,
  /**
   * Triggers leave them in the server's log, and logical decoding brings them from there. A move is
   * refused where the server or the role does not allow it.
   */
  @JsonProperty("logical")
  LOGICAL,
  /**
   * The same where the server and the role allow it and the server bounds what a slot may hold
   * back; else by triggers alone.
   */
  @JsonProperty("auto")
  AUTO
}
