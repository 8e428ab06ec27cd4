package dev.domicile.migrator;

import dev.domicile.testkit.Database;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a database holds, by plain SQL that has nothing in common with the migrator's: every row of
 * every table as a text, whoever it belongs to.
 */
final class PlainRows {
  private static final String SETTINGS =
      """
      SET TimeZone = 'UTC'; SET lc_monetary = 'C'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
      SET search_path = public, pg_catalog
      """;
  // By the columns' names, since realms may have them in another order.
  private static final String TABLES =
      """
      SELECT format('%I.%I', n.nspname, c.relname),
             (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname COLLATE "C") FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
             EXISTS (SELECT FROM pg_attribute
              WHERE attrelid = c.oid AND attname = 'client_key' AND NOT attisdropped)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'domicile')
        AND n.nspname NOT LIKE 'pg_toast%'
      ORDER BY 1
      """;

  private PlainRows() {}

  /** All rows of all tables, in the order of their texts. */
  static Map<String, List<String>> all(Database database) {
    return read(database, "true", Map.of(), "true");
  }

  /**
   * The rows of each table that belong to a tenant.
   *
   * @param byColumn the condition of tables that have a column {@code client_key}
   * @param conditions the condition of other tables, and of those where it is another
   */
  static Map<String, List<String>> where(
      Database database, String byColumn, Map<String, String> conditions) {
    return read(database, byColumn, conditions, "false");
  }

  /** Both together, table by table. */
  static Map<String, List<String>> sum(
      Map<String, List<String>> some, Map<String, List<String>> others) {
    Map<String, List<String>> all = new TreeMap<>(some);
    others.forEach(
        (table, rows) ->
            all.merge(
                table, rows, (a, b) -> Stream.concat(a.stream(), b.stream()).sorted().toList()));
    return all;
  }

  private static Map<String, List<String>> read(
      Database database, String byColumn, Map<String, String> conditions, String otherwise) {
    try (Connection connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        Statement statement = connection.createStatement()) {
      statement.execute(SETTINGS);
      Map<String, String> queries = new TreeMap<>();
      try (ResultSet tables = statement.executeQuery(TABLES)) {
        while (tables.next()) {
          String table = tables.getString(1);
          String condition =
              conditions.getOrDefault(table, tables.getBoolean(3) ? byColumn : otherwise);
          queries.put(
              table,
              "SELECT ROW(%s)::text FROM %s AS t WHERE %s"
                  .formatted(tables.getString(2), table, condition));
        }
      }
      Map<String, List<String>> rows = new TreeMap<>();
      for (Map.Entry<String, String> query : queries.entrySet()) {
        rows.put(query.getKey(), rows(statement, query.getValue()));
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot read database " + database.name(), e);
    }
  }

  private static List<String> rows(Statement statement, String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet found = statement.executeQuery(query)) {
      while (found.next()) {
        rows.add(found.getString(1));
      }
    }
    return rows.stream().sorted().toList();
  }
}
