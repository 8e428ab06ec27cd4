package dev.domicile.migrator.cutover;

import dev.domicile.migrator.schema.TableName;
import dev.domicile.sql.Identifiers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A message as pgoutput sends it. Of changed rows a {@link Slot} gets none; its transactions hold
 * what the gates, or whoever asks how far it is, have left in the server's log.
 *
 * @param kind what it is
 * @param prefix whose message it is; empty for the others
 * @param content what it says, in the encoding of the database and as hexadecimal
 */
record NoteMessage(Kind kind, String prefix, String content) {
  enum Kind {
    BEGIN,
    COMMIT,
    MESSAGE,
    OTHER
  }

  /** Writes notes down: {0} is the migration, {1} the contents of messages. */
  static final String INSERT =
      """
      INSERT INTO domicile.change_log (migration_id, table_name, key, transaction)
      SELECT {0}, n.note[1], n.note[3:], CAST(n.note[2] AS bigint)
      FROM (SELECT CAST(convert_from(decode(m.content, 'hex'), getdatabaseencoding()) AS text[]) AS note
            FROM unnest({1}) WITH ORDINALITY AS m (content, place) ORDER BY m.place) AS n
      """;

  /** The prefix of the notes of a migration. */
  static String notes(long migrationId) {
    return "domicile." + migrationId;
  }

  /** The prefix of marks: whoever sees one has seen all that was committed before. */
  static String marks(long migrationId) {
    return notes(migrationId) + ".mark";
  }

  /**
   * The statement that notes a row in the log, with the transaction, as {@link #INSERT} reads it.
   *
   * @param key an expression for the values of its key
   */
  static String emit(long migrationId, TableName table, String key) {
    return "PERFORM pg_logical_emit_message(true, '%s', (ARRAY[%s, pg_current_xact_id()::text] || %s)::text);"
        .formatted(notes(migrationId), Identifiers.literal(table.toString()), key);
  }

  /** Reads a message of version 1 of the protocol. */
  static NoteMessage read(ByteBuffer message) {
    Kind kind =
        switch (message.get()) {
          case 'B' -> Kind.BEGIN;
          case 'C' -> Kind.COMMIT;
          case 'M' -> Kind.MESSAGE;
          default -> Kind.OTHER;
        };
    if (kind != Kind.MESSAGE) {
      return new NoteMessage(kind, "", "");
    }
    // Whether it belongs to a transaction, and where it is in the log.
    message.position(message.position() + Byte.BYTES + Long.BYTES);
    int start = message.position();
    while (message.get() != 0) {
      // A text ends with a zero byte.
    }
    byte[] prefix = new byte[message.position() - 1 - start];
    message.get(start, prefix);
    byte[] content = new byte[message.getInt()];
    message.get(content);
    return new NoteMessage(
        kind, new String(prefix, StandardCharsets.UTF_8), HexFormat.of().formatHex(content));
  }
}
