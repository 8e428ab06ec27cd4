package dev.domicile.migrator.verify;

import static dev.domicile.sql.realm.Tables.VERIFICATION;
import static dev.domicile.sql.realm.Tables.VERIFIED_CHUNK;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.RowDigest;
import dev.domicile.migrator.copy.TableDigests;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.jooq.impl.DSL;

/**
 * How far a comparison is, kept in the target beside the chunks, so that one that was stopped goes
 * on. What was compared too long ago is compared again.
 */
final class VerificationLog {
  private static final Duration STALE = Duration.ofHours(24);

  private final Migration migration;

  VerificationLog(Migration migration) {
    this.migration = migration;
  }

  /** A comparison that is under way. */
  record Running(long id, Instant startedAt) {}

  /** Goes on with the comparison that was stopped, or begins a new one. */
  Running open(RealmSession target) {
    return target.domicile(
        query -> {
          query
              .deleteFrom(VERIFICATION)
              .where(
                  VERIFICATION.MIGRATION_ID.eq(migration.id()),
                  VERIFICATION.FINISHED_AT.isNull(),
                  VERIFICATION.STARTED_AT.lt(Instant.now().minus(STALE).atOffset(ZoneOffset.UTC)))
              .execute();
          query
              .insertInto(VERIFICATION)
              .set(VERIFICATION.MIGRATION_ID, migration.id())
              .onConflictDoNothing()
              .execute();
          return query
              .selectFrom(VERIFICATION)
              .where(
                  VERIFICATION.MIGRATION_ID.eq(migration.id()), VERIFICATION.FINISHED_AT.isNull())
              .fetchSingle(row -> new Running(row.getId(), row.getStartedAt().toInstant()));
        });
  }

  /** The chunks that were equal, by name, with their rows. */
  Map<String, Long> equal(RealmSession target, Running running) {
    Map<String, Long> rows = new HashMap<>();
    target.domicile(
        query ->
            query
                .selectFrom(VERIFIED_CHUNK)
                .where(VERIFIED_CHUNK.VERIFICATION_ID.eq(running.id()))
                .fetch(row -> rows.put(name(row.getTableName(), row.getChunk()), row.getRows())));
    return rows;
  }

  /** Notes that a chunk is equal on both ends. */
  void noteEqual(RealmSession target, Running running, Chunk chunk, RowDigest digest) {
    target.domicile(
        query ->
            query
                .insertInto(VERIFIED_CHUNK)
                .set(VERIFIED_CHUNK.VERIFICATION_ID, running.id())
                .set(VERIFIED_CHUNK.TABLE_NAME, chunk.table().toString())
                .set(VERIFIED_CHUNK.CHUNK, chunk.number())
                .set(VERIFIED_CHUNK.ROWS, digest.rows())
                .set(VERIFIED_CHUNK.DIGEST, digest.rows() + ":" + digest.digest())
                .onConflictDoNothing()
                .execute());
  }

  /** The digest of all chunks that were equal. */
  String digest(RealmSession target, Running running) {
    return TableDigests.ofChunks(
        target, "domicile.verified_chunk", "verification_id = " + running.id());
  }

  /** Keeps the outcome, and forgets the chunks. */
  void finish(
      RealmSession target, Running running, int chunks, long rows, int differing, String digest) {
    target.transaction(
        () ->
            target.domicile(
                query -> {
                  query
                      .deleteFrom(VERIFIED_CHUNK)
                      .where(VERIFIED_CHUNK.VERIFICATION_ID.eq(running.id()))
                      .execute();
                  return query
                      .update(VERIFICATION)
                      .set(VERIFICATION.FINISHED_AT, DSL.currentOffsetDateTime())
                      .set(VERIFICATION.CHUNKS, chunks)
                      .set(VERIFICATION.ROWS, rows)
                      .set(VERIFICATION.DIFFERING, differing)
                      .set(VERIFICATION.DIGEST, differing == 0 ? digest : null)
                      .where(VERIFICATION.ID.eq(running.id()))
                      .execute();
                }));
  }

  static String name(Chunk chunk) {
    return name(chunk.table().toString(), chunk.number());
  }

  private static String name(String table, int number) {
    return table + " " + number;
  }
}
