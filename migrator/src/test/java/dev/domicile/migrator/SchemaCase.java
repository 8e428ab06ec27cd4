package dev.domicile.migrator;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder with a schema, its rows, and what should become of them.
 *
 * <ul>
 *   <li>{@code create.sql}: the tables, made in both realms; {@code create-target.sql}, where there
 *       is one, makes those of the target instead
 *   <li>{@code source.sql} and {@code target.sql}: the rows of either realm
 *   <li>{@code case.yaml}: what is expected, where it is not that everything moves
 * </ul>
 */
record SchemaCase(Path folder, Expectation expected) {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** Who may do what: an ordinary owner, or one who may switch triggers off. */
  enum By {
    OWNER,
    SUPERUSER,
    BOTH
  }

  /**
   * What is expected.
   *
   * @param tenant the tenant's client key
   * @param tables the rules, as in the configuration file
   * @param rows the condition of the tenant's rows in plain SQL, by table, where it is not the
   *     column {@code client_key}
   * @param errors the errors that the move is refused with, as code and subject
   * @param warnings the warnings, as code and subject
   * @param notes the notes, as code and subject
   * @param by which roles move it
   * @param since the oldest version of Postgres that can create it
   * @param bothWays whether it is also moved from the newest to the oldest server every time
   * @param empty whether there is nothing to move
   */
  record Expectation(
      String tenant,
      TableRules tables,
      Map<String, String> rows,
      List<String> errors,
      List<String> warnings,
      List<String> notes,
      By by,
      Integer since,
      Boolean bothWays,
      Boolean empty) {
    Expectation {
      tenant = Objects.requireNonNullElse(tenant, "tenant-a");
      tables = Objects.requireNonNullElse(tables, TableRules.DEFAULT);
      rows = Objects.requireNonNullElse(rows, Map.of());
      errors = Objects.requireNonNullElse(errors, List.of());
      warnings = Objects.requireNonNullElse(warnings, List.of());
      notes = Objects.requireNonNullElse(notes, List.of());
      by = Objects.requireNonNullElse(by, By.OWNER);
      since = Objects.requireNonNullElse(since, 14);
      bothWays = Objects.requireNonNullElse(bothWays, false);
      empty = Objects.requireNonNullElse(empty, false);
    }
  }

  /** All cases, by name. */
  static List<SchemaCase> all() {
    try {
      Path cases = Path.of(Objects.requireNonNull(SchemaCase.class.getResource("cases")).toURI());
      try (Stream<Path> folders = Files.list(cases)) {
        return folders.sorted().map(SchemaCase::read).toList();
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("the cases cannot be read", e);
    }
  }

  private static SchemaCase read(Path folder) {
    try {
      Path file = folder.resolve("case.yaml");
      String yaml = Files.exists(file) ? Files.readString(file) : "{}";
      return new SchemaCase(folder, YAML.readValue(yaml, Expectation.class));
    } catch (IOException e) {
      throw new UncheckedIOException("case " + folder.getFileName(), e);
    }
  }

  /** The script that makes the source's tables. */
  String createSource() {
    return script("create.sql");
  }

  /** The script that makes the target's tables. */
  String createTarget() {
    String own = script("create-target.sql");
    return own.isEmpty() ? createSource() : own;
  }

  /** The source's rows. */
  String source() {
    return script("source.sql");
  }

  /** The target's rows. */
  String target() {
    return script("target.sql");
  }

  private String script(String name) {
    try {
      Path file = folder.resolve(name);
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("case " + this, e);
    }
  }

  @Override
  public String toString() {
    return String.valueOf(folder.getFileName());
  }
}
