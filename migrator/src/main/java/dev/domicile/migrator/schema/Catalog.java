package dev.domicile.migrator.schema;

import dev.domicile.migrator.session.RealmSession;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tables of one database, ordinary and partitioned ones, but for the server's and Domicile's
 * own. Partitions, views, foreign and temporary tables are left out.
 */
public final class Catalog {
  private final SortedMap<TableName, Table> tables;

  private Catalog(SortedMap<TableName, Table> tables) {
    this.tables = tables;
  }

  /** Reads the catalogue. */
  public static Catalog read(RealmSession session) {
    return session.snapshot(() -> readAll(session));
  }

  private static Catalog readAll(RealmSession session) {
    SortedMap<TableName, Table> tables = new TreeMap<>();
    session.query(CatalogSql.TABLES, row -> tables.put(name(row), emptyTable(row)));
    session.query(CatalogSql.COLUMNS, row -> table(tables, row).columns().add(column(row)));
    session.query(
        CatalogSql.UNIQUE_INDEXES, row -> table(tables, row).uniqueIndexes().add(uniqueIndex(row)));
    session.query(
        CatalogSql.FOREIGN_KEYS, row -> table(tables, row).foreignKeys().add(foreignKey(row)));
    return new Catalog(tables);
  }

  /** All tables, by name. */
  public Collection<Table> tables() {
    return tables.values();
  }

  /** The table of that name, if there is one. */
  public Optional<Table> table(TableName name) {
    return Optional.ofNullable(tables.get(name));
  }

  private static Table table(SortedMap<TableName, Table> tables, ResultSet row)
      throws SQLException {
    return Objects.requireNonNull(tables.get(name(row)), "one snapshot holds a column's table");
  }

  private static Table emptyTable(ResultSet row) throws SQLException {
    return new Table(
        name(row),
        row.getBoolean("owned"),
        row.getBoolean("filtered"),
        row.getBoolean("has_children"),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>());
  }

  private static Column column(ResultSet row) throws SQLException {
    return new Column(
        row.getString("column_name"),
        row.getString("type"),
        row.getBoolean("not_null"),
        row.getBoolean("generated"),
        row.getBoolean("identity_always"),
        row.getBoolean("has_default"),
        row.getBoolean("portable"),
        row.getBoolean("orderable"),
        row.getInt("width"),
        row.getString("collation"),
        row.getString("sequence"));
  }

  private static UniqueIndex uniqueIndex(ResultSet row) throws SQLException {
    return new UniqueIndex(
        row.getString("index_name"),
        row.getBoolean("is_primary"),
        row.getBoolean("is_deferrable"),
        strings(row.getArray("columns")),
        strings(row.getArray("expressions")),
        row.getString("predicate"));
  }

  private static ForeignKey foreignKey(ResultSet row) throws SQLException {
    return new ForeignKey(
        row.getString("key_name"),
        strings(row.getArray("columns")),
        new TableName(row.getString("referenced_schema"), row.getString("referenced_table")),
        strings(row.getArray("referenced_columns")));
  }

  private static TableName name(ResultSet row) throws SQLException {
    return new TableName(row.getString("schema_name"), row.getString("table_name"));
  }

  private static List<String> strings(Array array) throws SQLException {
    return List.copyOf(Arrays.asList((String[]) array.getArray()));
  }
}
