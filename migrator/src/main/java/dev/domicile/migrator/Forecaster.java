package dev.domicile.migrator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    long rows = 0;
    double bytes = 0;
    for (TablePlan table : plan.tables()) {
      long own = rows(source, new TenantRows(plan, table));
      rows += own;
      bytes += bytes(source, table, own);
    }
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
    Map<TableName, Long> sizes = new HashMap<>();
    for (TablePlan table : plan.tables()) {
      double bytes = bytes(source, table, rows(source, new TenantRows(plan, table)));
      sizes.put(table.name(), Math.round(bytes));
    }
    return sizes;
  }

  /** How large the tenant is. */
  static long sum(Map<TableName, Long> sizes) {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static long rows(RealmSession source, TenantRows rows) {
    String plan =
        source
            .first(
                "EXPLAIN (FORMAT JSON) SELECT FROM %s WHERE %s"
                    .formatted(rows.from(), rows.where()),
                row -> row.getString(1))
            .orElseThrow();
    try {
      return JSON.readTree(plan).path(0).path("Plan").path("Plan Rows").asLong();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the server's plan is not JSON", e);
    }
  }

  /**
   * The size of so many rows, values kept out of line included, at the average of all tenants. A
   * table that was never analyzed tells nothing of its rows; all of it is the most that it can be.
   */
  private static double bytes(RealmSession source, TablePlan table, long rows) {
    String name = Identifiers.literal(table.name().sql());
    return source
        .first(
            """
            SELECT least(size, size * %2$d / greatest(tuples, 1))::float8 FROM (
              SELECT coalesce(sum(pg_table_size(c.oid)), 0)::float8 AS size,
                     coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 AS tuples
              FROM (SELECT relid FROM pg_partition_tree(%1$s) UNION SELECT %1$s::regclass) AS part (id)
              JOIN pg_class AS c ON c.oid = part.id WHERE c.relkind = 'r') AS whole
            """
                .formatted(name, rows),
            row -> row.getDouble(1))
        .orElseThrow();
  }
}
