package dev.domicile.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The database of a Connect app as they are in the wild: a host table, boards, notes, comments
 * without a tenant column that answer each other, attachments, labels that all tenants share;
 * enums, arrays, jsonb, bytea, generated and identity columns.
 */
public final class SampleApp {
  /** The tables that hold tenants' rows, those that are referred to first. */
  public static final List<String> TABLES =
      List.of("atlassian_host", "board", "note", "comment", "attachment", "note_label");

  /** How large an attachment is. */
  public static final int ATTACHMENT_BYTES = 3_840;

  private static final int NOTES_PER_BOARD = 100;
  private static final int HASH_BYTES = 32;

  private SampleApp() {}

  /**
   * Creates the tables. Realms hand out disjoint ids by the increment of their sequences.
   *
   * @param firstId the first id of this realm, from 1 to the number of realms
   * @param realms how many realms there are
   */
  public static void create(Database database, int firstId, int realms) {
    database.execute(
        resource("sample-app.sql")
            .replace("START 1 INCREMENT 1", "START " + firstId + " INCREMENT " + realms));
  }

  /** How many notes a tenant needs to have about so many rows in all tables together. */
  public static int notesFor(long rows) {
    return Math.toIntExact(Math.max(1, rows * 100 / 411));
  }

  /** Adds a tenant with that many notes and what hangs from them: about four rows for each note. */
  public static void addTenant(Database database, String clientKey, int notes) {
    addTenant(database, clientKey, notes, ATTACHMENT_BYTES);
  }

  /** The same with attachments, of which every fifth note has one, of another size. */
  public static void addTenant(
      Database database, String clientKey, int notes, int attachmentBytes) {
    database.execute(
        resource("sample-tenant.sql")
            .replace(":tenant", "'" + clientKey.replace("'", "''") + "'")
            .replace(":boards", String.valueOf(notes / NOTES_PER_BOARD + 1))
            .replace(":notes", String.valueOf(notes))
            .replace(":hashes", String.valueOf(attachmentBytes / HASH_BYTES)));
    database.execute("ANALYZE " + String.join(", ", TABLES));
  }

  /** The tenant's rows of a table, each as a text, in the order of the texts. */
  public static List<String> rows(Database database, String table, String clientKey) {
    return database.list(
        "SELECT t::text FROM %s AS t WHERE %s ORDER BY 1"
            .formatted(table, condition(table, clientKey)));
  }

  /** How many rows the tenant has in all tables together. */
  public static long count(Database database, String clientKey) {
    return TABLES.stream()
        .mapToLong(
            table ->
                database.number(
                    "SELECT count(*) FROM %s AS t WHERE %s"
                        .formatted(table, condition(table, clientKey))))
        .sum();
  }

  /** A digest of every row of every table, whoever it belongs to: equal only if all bytes are. */
  public static List<String> everything(Database database) {
    return Stream.concat(TABLES.stream(), Stream.of("label"))
        .flatMap(
            table ->
                database
                    .list(
                        """
                        SELECT '%1$s ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)
                               || ' ' || coalesce(sum(hashtextextended(t::text, 1)::numeric), 0)
                        FROM %1$s AS t
                        """
                            .formatted(table))
                    .stream())
        .toList();
  }

  private static String condition(String table, String clientKey) {
    String tenant = "'" + clientKey.replace("'", "''") + "'";
    return switch (table) {
      case "atlassian_host", "board", "note" -> "t.client_key = " + tenant;
      default -> "t.note_id IN (SELECT id FROM note WHERE client_key = " + tenant + ")";
    };
  }

  private static String resource(String name) {
    try (InputStream stream = SampleApp.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
