package dev.domicile.migrator.copy;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.sql.realm.tables.records.CopyChunkRecord;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Chunks as rows of the ledger. */
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
