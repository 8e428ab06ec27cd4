package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a tenant's rows of one table into chunks bounded in rows and bytes. One pass over the keys
 * finds all bounds; the chunks cover every possible key, so that rows which appear later belong to
 * one of them too.
 */
final class ChunkPlanner {
  private final Plan plan;
  private final CopySettings settings;

  ChunkPlanner(Plan plan, CopySettings settings) {
    this.plan = plan;
    this.settings = settings;
  }

  /** Cuts whole tables, all in one question; the chunks of each. */
  List<List<Chunk>> chunks(RealmSession source, List<TablePlan> tables) {
    List<List<Bound>> bounds =
        source.queries(
            tables.stream()
                .map(table -> boundsSql(table, KeyRange.ALL, settings.chunkBytes()))
                .toList(),
            ChunkPlanner::bound);
    return IntStream.range(0, tables.size())
        .mapToObj(i -> chunks(tables.get(i), KeyRange.ALL, bounds.get(i)))
        .toList();
  }

  /** Cuts a chunk into smaller ones, numbered from 0. */
  List<Chunk> pieces(RealmSession source, Chunk chunk, long chunkBytes) {
    TablePlan table = plan.table(chunk.table());
    return chunks(
        table,
        chunk.range(),
        source.query(boundsSql(table, chunk.range(), chunkBytes), ChunkPlanner::bound));
  }

  private static List<Chunk> chunks(TablePlan table, KeyRange range, List<Bound> found) {
    List<Bound> bounds = found;
    if (!table.chunked() && !bounds.isEmpty()) {
      bounds = bounds.subList(bounds.size() - 1, bounds.size());
    }
    List<Chunk> chunks = new ArrayList<>();
    @Nullable Bound previous = null;
    for (int i = 0; i < bounds.size(); i++) {
      Bound bound = bounds.get(i);
      boolean last = i == bounds.size() - 1;
      chunks.add(
          new Chunk(
              table.name(),
              i,
              new KeyRange(
                  previous == null ? range.lower() : previous.key(),
                  last ? range.upper() : bound.key()),
              bound.rows() - (previous == null ? 0 : previous.rows()),
              bound.bytes() - (previous == null ? 0 : previous.bytes())));
      previous = bound;
    }
    return chunks.isEmpty() ? List.of(new Chunk(table.name(), 0, range, 0, 0)) : chunks;
  }

  /** Without a key nothing puts the rows in order. */
  private String wholeSql(TablePlan table) {
    TenantRows rows = new TenantRows(plan, table);
    return "SELECT count(*), coalesce(sum(%s), 0)::bigint FROM %s WHERE %s"
        .formatted(size(table), rows.from(), rows.where());
  }

  /**
   * Each row weighs what it uses up of a chunk, in rows or in bytes, whichever is more. The OFFSET
   * keeps the server from putting whole rows in order before it takes their sizes.
   */
  private String boundsSql(TablePlan table, KeyRange range, long chunkBytes) {
    if (table.key().isEmpty()) {
      return wholeSql(table);
    }
    TenantRows rows = new TenantRows(plan, table).leaving();
    String keys = numbered(table, "key_%d");
    return """
    SELECT n, bytes, %1$s FROM (
      SELECT *, lead(chunk) OVER (ORDER BY %8$s) AS next_chunk FROM (
        SELECT *, row_number() OVER running AS n, sum(size) OVER running AS bytes,
               floor(sum(greatest(size / %2$d::float8, 1 / %3$d::float8)) OVER running) AS chunk
        FROM (SELECT %4$s, %5$s AS size FROM %6$s WHERE %7$s ORDER BY %8$s OFFSET 0) AS sized
        WINDOW running AS (ORDER BY %8$s ROWS UNBOUNDED PRECEDING)
      ) AS placed
    ) AS ends WHERE chunk IS DISTINCT FROM next_chunk ORDER BY n
    """
        .formatted(
            numbered(table, "key_%d::text"),
            chunkBytes,
            settings.chunkRows(),
            aliased(rows.key()),
            size(table),
            rows.from(),
            rows.where(range),
            keys);
  }

  private static String aliased(List<String> keys) {
    return IntStream.range(0, keys.size())
        .mapToObj(i -> keys.get(i) + " AS key_" + i)
        .collect(Collectors.joining(", "));
  }

  private static String numbered(TablePlan table, String form) {
    return IntStream.range(0, table.key().size())
        .mapToObj(form::formatted)
        .collect(Collectors.joining(", "));
  }

  /** The size as stored: for a value kept out of line its size there, without reading it. */
  private static String size(TablePlan table) {
    int fixed = table.columns().stream().mapToInt(c -> Math.max(0, c.width())).sum();
    String varying =
        table.columns().stream()
            .filter(c -> c.width() < 0)
            .map(PlannedColumn::name)
            .map(name -> " + coalesce(pg_column_size(t." + Identifiers.quote(name) + "), 0)")
            .collect(Collectors.joining());
    return fixed + varying;
  }

  private static Bound bound(ResultSet row) throws SQLException {
    List<String> key = new ArrayList<>();
    for (int i = 3; i <= row.getMetaData().getColumnCount(); i++) {
      key.add(row.getString(i));
    }
    return new Bound(row.getLong(1), row.getLong(2), key);
  }

  /** The last row of a chunk: rows and bytes up to it, and its key. */
  private record Bound(long rows, long bytes, List<String> key) {}
}
