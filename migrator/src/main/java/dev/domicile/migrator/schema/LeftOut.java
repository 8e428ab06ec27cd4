package dev.domicile.migrator.schema;

/**
 * Something like a table that holds no rows of its own in this database, or whose rows are made of
 * others.
 *
 * @param name its name
 * @param kind what it is
 * @param partition whether it is a part of a table
 */
public record LeftOut(TableName name, Kind kind, boolean partition) {

  /** What it is. */
  public enum Kind {
    VIEW("a view"),
    STORED_VIEW("a materialized view"),
    FOREIGN_TABLE("a foreign table");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** What it is, in words. */
    public String words() {
      return words;
    }
  }
}
