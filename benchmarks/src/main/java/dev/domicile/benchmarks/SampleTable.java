package dev.domicile.benchmarks;

import java.util.Locale;

/** A table of the sample app, those that are referred to first. */
enum SampleTable {
  ATLASSIAN_HOST(true),
  BOARD(true),
  NOTE(true),
  COMMENT(false),
  ATTACHMENT(false),
  NOTE_LABEL(false);

  private final boolean hasTenantColumn;

  SampleTable(boolean hasTenantColumn) {
    this.hasTenantColumn = hasTenantColumn;
  }

  String copyOut(String columns, String tenant) {
    String mine = "client_key = '" + tenant + "'";
    return "COPY (SELECT %s FROM %s WHERE %s) TO STDOUT (FORMAT binary)"
        .formatted(
            columns,
            this,
            hasTenantColumn ? mine : "note_id IN (SELECT id FROM note WHERE " + mine + ")");
  }

  String copyIn(String columns) {
    return "COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(this, columns);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
