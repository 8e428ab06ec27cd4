package dev.domicile.migrator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;

/** Writes results to standard output, for people or as one JSON document. */
public final class Output {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  private final PrintWriter out;
  private final boolean json;

  /**
   * Output to that writer.
   *
   * @param json whether to write JSON and nothing else
   */
  public Output(PrintWriter out, boolean json) {
    this.out = out;
    this.json = json;
  }

  boolean isJson() {
    return json;
  }

  /** Writes the value, if JSON is wanted. */
  void json(Object value) {
    if (json) {
      try {
        out.println(JSON.writeValueAsString(value));
        out.flush();
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("results can be written as JSON", e);
      }
    }
  }

  /** Writes a line, if it is for people. */
  @SuppressWarnings("AnnotateFormatMethod") // The annotation lies in an artifact of its own.
  public void line(String format, Object... arguments) {
    if (!json) {
      out.println(String.format(Locale.ROOT, format, arguments));
      out.flush();
    }
  }

  /** Writes a table, if it is for people; the first row is the heading. */
  public void table(List<List<String>> rows) {
    if (json || rows.isEmpty()) {
      return;
    }
    Column[] columns = new Column[rows.get(0).size()];
    for (int i = 0; i < columns.length; i++) {
      int index = i;
      int width = rows.stream().mapToInt(row -> row.get(index).length()).max().orElse(0);
      columns[i] = new Column(width + 2, 0, Column.Overflow.SPAN);
    }
    TextTable table = TextTable.forColumns(Help.defaultColorScheme(Help.Ansi.OFF), columns);
    rows.forEach(row -> table.addRowValues(row.toArray(String[]::new)));
    out.print(table);
    out.flush();
  }

  /** Bytes as megabytes with one digit. */
  public static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }

  /** Seconds with two digits. */
  public static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.2f", seconds);
  }

  /** A number with its thousands set apart. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
