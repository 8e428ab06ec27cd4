package dev.domicile.migrator.copy;

import static dev.domicile.sql.realm.Tables.COPY_CHECKPOINT;
import static dev.domicile.sql.realm.Tables.COPY_CHUNK;
import static dev.domicile.sql.realm.Tables.LATE_CHECKPOINT;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * The word that a chunk is in, and the word that its late references are, each written in the
 * transaction that has brought it about: a crash loses both or neither.
 */
public final class Checkpoints {
  private final Migration migration;

  Checkpoints(Migration migration) {
    this.migration = migration;
  }

  /** The condition that a planned chunk is in. */
  static Condition isCopied() {
    return DSL.exists(
        DSL.selectOne()
            .from(COPY_CHECKPOINT)
            .where(
                COPY_CHECKPOINT.MIGRATION_ID.eq(COPY_CHUNK.MIGRATION_ID),
                COPY_CHECKPOINT.TABLE_NAME.eq(COPY_CHUNK.TABLE_NAME),
                COPY_CHECKPOINT.CHUNK.eq(COPY_CHUNK.CHUNK)));
  }

  /** The condition that the late references of a planned chunk are in. */
  static Condition isFilled() {
    return DSL.exists(
        DSL.selectOne()
            .from(LATE_CHECKPOINT)
            .where(
                LATE_CHECKPOINT.MIGRATION_ID.eq(COPY_CHUNK.MIGRATION_ID),
                LATE_CHECKPOINT.TABLE_NAME.eq(COPY_CHUNK.TABLE_NAME),
                LATE_CHECKPOINT.CHUNK.eq(COPY_CHUNK.CHUNK)));
  }

  /**
   * A chunk that is in.
   *
   * @param chunk which
   * @param volume what went over
   * @param digest what it holds
   */
  record Copied(Chunk chunk, CopyPipe.Volume volume, RowDigest digest) {}

  /** Writes down, in the running transaction, that chunks are in. */
  void copied(RealmSession target, List<Copied> chunks) {
    target.domicile(
        query ->
            query
                .batchInsert(
                    chunks.stream().map(copied -> ChunkRecords.record(migration, copied)).toList())
                .execute());
  }

  /** What those of the chunks that are in held when they were copied. */
  List<CopyPipe.Volume> volumes(RealmSession target, List<Chunk> chunks) {
    Map<Map.Entry<String, Integer>, CopyPipe.Volume> volumes =
        target.domicile(
            query ->
                query
                    .selectFrom(COPY_CHECKPOINT)
                    .where(
                        COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()),
                        DSL.row(COPY_CHECKPOINT.TABLE_NAME, COPY_CHECKPOINT.CHUNK)
                            .in(
                                chunks.stream()
                                    .map(c -> DSL.row(c.table().toString(), c.number()))
                                    .toList()))
                    .fetchMap(
                        row -> Map.entry(row.getTableName(), row.getChunk()),
                        row -> new CopyPipe.Volume(row.getRows(), row.getBytes())));
    return chunks.stream()
        .map(chunk -> volumes.get(Map.entry(chunk.table().toString(), chunk.number())))
        .filter(Objects::nonNull)
        .toList();
  }

  /** Writes down, in the running transaction, that the late references of a chunk are in. */
  void filled(RealmSession target, Chunk chunk, long rows) {
    target.domicile(
        query ->
            query
                .insertInto(LATE_CHECKPOINT)
                .set(LATE_CHECKPOINT.MIGRATION_ID, migration.id())
                .set(LATE_CHECKPOINT.TABLE_NAME, chunk.table().toString())
                .set(LATE_CHECKPOINT.CHUNK, chunk.number())
                .set(LATE_CHECKPOINT.ROWS, rows)
                .execute());
  }

  /** Whether the late references of a chunk are in. */
  boolean isFilled(RealmSession target, Chunk chunk) {
    return target.domicile(
        query ->
            query.fetchExists(
                LATE_CHECKPOINT,
                LATE_CHECKPOINT.MIGRATION_ID.eq(migration.id()),
                LATE_CHECKPOINT.TABLE_NAME.eq(chunk.table().toString()),
                LATE_CHECKPOINT.CHUNK.eq(chunk.number())));
  }

  /** Strikes out, in the running transaction, that a chunk is in. */
  void strikeOut(RealmSession target, Chunk chunk) {
    target.domicile(query -> query.deleteFrom(COPY_CHECKPOINT).where(isOf(chunk)).execute());
  }

  /** The tables of which something is in. */
  public Set<TableName> copiedTables(RealmSession target) {
    return target.domicile(
        query ->
            query
                .selectDistinct(COPY_CHECKPOINT.TABLE_NAME)
                .from(COPY_CHECKPOINT)
                .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
                .fetchSet(row -> TableName.parse(row.value1(), "")));
  }

  /** How much is in, over all runs. */
  public Totals totals(RealmSession target) {
    return target.domicile(
        query ->
            query
                .select(
                    DSL.count(),
                    DSL.coalesce(DSL.sum(COPY_CHECKPOINT.ROWS), DSL.inline(0)),
                    DSL.coalesce(DSL.sum(COPY_CHECKPOINT.BYTES), DSL.inline(0)))
                .from(COPY_CHECKPOINT)
                .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
                .fetchSingle(
                    row ->
                        new Totals(
                            row.value1(), row.value2().longValue(), row.value3().longValue())));
  }

  /** One digest of all that is in; see {@link TableDigests}. */
  public String digest(RealmSession target) {
    return TableDigests.ofChunks(
        target, "domicile.copy_checkpoint", "migration_id = " + migration.id());
  }

  /** What is in of each table, by name. */
  public List<MigrationReport.Table> tables(RealmSession target) {
    return target.domicile(
        query ->
            query
                .select(
                    COPY_CHECKPOINT.TABLE_NAME,
                    DSL.sum(COPY_CHECKPOINT.ROWS),
                    DSL.sum(COPY_CHECKPOINT.BYTES),
                    DSL.count())
                .from(COPY_CHECKPOINT)
                .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
                .groupBy(COPY_CHECKPOINT.TABLE_NAME)
                .orderBy(COPY_CHECKPOINT.TABLE_NAME)
                .fetch(
                    row ->
                        new MigrationReport.Table(
                            row.value1(),
                            row.value2().longValue(),
                            row.value3().longValue(),
                            row.value4())));
  }

  private Condition isOf(Chunk chunk) {
    return DSL.and(
        COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()),
        COPY_CHECKPOINT.TABLE_NAME.eq(chunk.table().toString()),
        COPY_CHECKPOINT.CHUNK.eq(chunk.number()));
  }

  /**
   * How much is in.
   *
   * @param chunks how many chunks
   * @param rows their rows
   * @param bytes their size as it went over
   */
  public record Totals(int chunks, long rows, long bytes) {}
}
