package dev.domicile.migrator.copy;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.sql.realm.tables.records.CopyCheckpointRecord;
import dev.domicile.sql.realm.tables.records.CopyChunkRecord;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chunks, and the word that they are in, as rows of the ledger. */
final class ChunkRecords {
  private ChunkRecords() {}

  static CopyChunkRecord record(Migration migration, Chunk chunk) {
    CopyChunkRecord row = new CopyChunkRecord();
    row.setMigrationId(migration.id());
    row.setTableName(chunk.table().toString());
    row.setChunk(chunk.number());
    row.setLowerBound(array(chunk.range().lower()));
    row.setUpperBound(array(chunk.range().upper()));
    row.setRows(chunk.rows());
    row.setBytes(chunk.bytes());
    return row;
  }

  static CopyCheckpointRecord record(Migration migration, Checkpoints.Copied copied) {
    CopyCheckpointRecord row = new CopyCheckpointRecord();
    row.setMigrationId(migration.id());
    row.setTableName(copied.chunk().table().toString());
    row.setChunk(copied.chunk().number());
    row.setRows(copied.volume().rows());
    row.setBytes(copied.volume().bytes());
    row.setDigest(copied.digest().rows() + ":" + copied.digest().digest());
    return row;
  }

  static Chunk chunk(CopyChunkRecord row) {
    return new Chunk(
        TableName.parse(row.getTableName(), ""),
        row.getChunk(),
        new KeyRange(list(row.getLowerBound()), list(row.getUpperBound())),
        row.getRows(),
        row.getBytes());
  }

  private static String @Nullable [] array(@Nullable List<String> bound) {
    return bound == null ? null : bound.toArray(String[]::new);
  }

  private static @Nullable List<String> list(String @Nullable [] bound) {
    return bound == null ? null : Arrays.asList(bound);
  }
}
