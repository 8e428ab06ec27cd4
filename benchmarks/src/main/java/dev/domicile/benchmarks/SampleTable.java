package dev.domicile.benchmarks;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** A table of the sample app, those that are referred to first. */
enum SampleTable {
  ATLASSIAN_HOST(true),
  BOARD(true),
  NOTE(true),
  COMMENT(false),
  ATTACHMENT(false),
  NOTE_LABEL(false);

  static final Set<SampleTable> ABOVE_NOTES = EnumSet.range(ATLASSIAN_HOST, BOARD);
  static final Set<SampleTable> FROM_NOTES = EnumSet.range(NOTE, NOTE_LABEL);

  private final boolean hasTenantColumn;

  SampleTable(boolean hasTenantColumn) {
    this.hasTenantColumn = hasTenantColumn;
  }

  /** The condition that a row is the tenant's. */
  String condition(String tenant) {
    String mine = "client_key = '" + tenant + "'";
    return hasTenantColumn ? mine : "note_id IN (SELECT id FROM note WHERE " + mine + ")";
  }

  /**
   * The same without a subquery, which the row filter of a publication may not have: the notes of
   * one tenant have ids that follow each other.
   */
  String condition(String tenant, long firstNote, long lastNote) {
    return hasTenantColumn
        ? condition(tenant)
        : "note_id BETWEEN " + firstNote + " AND " + lastNote;
  }

  String select(String columns, String tenant) {
    return "SELECT %s FROM %s WHERE %s".formatted(columns, this, condition(tenant));
  }

  String copyOut(String columns, String tenant) {
    return copyOut(select(columns, tenant));
  }

  /** The same of the rows of some notes alone, where they are rows of notes. */
  String copyOut(String columns, String tenant, long firstNote, long lastNote) {
    String notes = this == NOTE ? " AND id BETWEEN " + firstNote + " AND " + lastNote : "";
    return copyOut(
        "SELECT %s FROM %s WHERE %s%s"
            .formatted(columns, this, condition(tenant, firstNote, lastNote), notes));
  }

  private static String copyOut(String select) {
    return "COPY (" + select + ") TO STDOUT (FORMAT binary)";
  }

  String copyIn(String columns) {
    return "COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(this, columns);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
