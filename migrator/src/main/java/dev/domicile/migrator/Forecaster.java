package dev.domicile.migrator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.Partitions;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Says how long a copy will take, from the server's own estimate of the tenant's size and the rates
 * of earlier migrations; reads no rows.
 */
final class Forecaster {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Assumed where nothing was measured yet: bytes a second of a far realm, and of a near one. */
  private static final double SLOW = 1e6;

  private static final double FAST = 50e6;

  private final List<Double> rates;

  /** A forecaster that knows the rates of earlier migrations, in bytes a second. */
  Forecaster(List<Double> rates) {
    this.rates = rates;
  }

  Forecast forecast(RealmSession source, Plan plan, Duration window) {
    List<Long> rowsOfEach = rows(source, plan);
    long rows = rowsOfEach.stream().mapToLong(Long::longValue).sum();
    double bytes = bytes(source, plan, rowsOfEach).stream().mapToDouble(Double::doubleValue).sum();
    double slow = rates.stream().mapToDouble(Double::doubleValue).min().orElse(SLOW);
    double fast = rates.stream().mapToDouble(Double::doubleValue).max().orElse(FAST);
    return new Forecast(
        rows,
        Math.round(bytes),
        (long) Math.ceil(bytes / fast),
        (long) Math.ceil(bytes / slow),
        !rates.isEmpty(),
        window.toSeconds());
  }

  /** How large the tenant's rows of each table are, by the same estimate. */
  static Map<TableName, Long> sizes(RealmSession source, Plan plan) {
    List<Double> bytes = bytes(source, plan, rows(source, plan));
    Map<TableName, Long> sizes = new HashMap<>();
    for (int i = 0; i < bytes.size(); i++) {
      sizes.put(plan.tables().get(i).name(), Math.round(bytes.get(i)));
    }
    return sizes;
  }

  /** How large the tenant is. */
  static long sum(Map<TableName, Long> sizes) {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<Long> rows(RealmSession source, Plan plan) {
    return source.onlyRows(
        plan.tables().stream()
            .map(table -> new TenantRows(plan, table))
            .map(
                rows ->
                    "EXPLAIN (FORMAT JSON) SELECT FROM %s WHERE %s"
                        .formatted(rows.from(), rows.where()))
            .toList(),
        row -> estimate(row.getString(1)));
  }

  private static long estimate(String plan) {
    try {
      return JSON.readTree(plan).path(0).path("Plan").path("Plan Rows").asLong();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the server's plan is not JSON", e);
    }
  }

  /**
   * The size of so many rows of each table, values kept out of line included, at the average of all
   * tenants. A table that was never analyzed tells nothing of its rows; all of it is the most that
   * it can be.
   */
  private static List<Double> bytes(RealmSession source, Plan plan, List<Long> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    String tables =
        IntStream.range(0, rows.size())
            .mapToObj(
                i ->
                    "(%d, %s, %d)"
                        .formatted(
                            i, Identifiers.literal(plan.tables().get(i).name().sql()), rows.get(i)))
            .collect(Collectors.joining(", "));
    return source.query(
        """
        SELECT least(size, size * t.rows / greatest(tuples, 1))::float8
        FROM (VALUES %s) AS t (n, name, rows) CROSS JOIN LATERAL (
          SELECT coalesce(sum(pg_table_size(c.oid)), 0)::float8 AS size,
                 coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 AS tuples
          FROM %s AS c WHERE c.relkind = 'r') AS whole
        ORDER BY t.n
        """
            .formatted(tables, Partitions.classes("t.name")),
        row -> row.getDouble(1));
  }
}
