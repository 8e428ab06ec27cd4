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
 * own. Partitions are left out, and so are temporary tables, which belong to a session.
 */
public final class Catalog {
  private final SortedMap<TableName, Table> tables;
  private final List<LeftOut> leftOut;

  private Catalog(SortedMap<TableName, Table> tables, List<LeftOut> leftOut) {
    this.tables = tables;
    this.leftOut = leftOut;
  }

  /** Reads the catalogue of all schemas. */
  public static Catalog read(RealmSession session) {
    return read(session, SchemaScope.ALL);
  }

  /** Reads the catalogue of some schemas. */
  public static Catalog read(RealmSession session, SchemaScope scope) {
    return session.snapshot(() -> readAll(session, scope));
  }

  private static Catalog readAll(RealmSession session, SchemaScope scope) {
    SortedMap<TableName, Table> tables = new TreeMap<>();
    session.query(
        CatalogSql.in(scope, CatalogSql.TABLES), row -> tables.put(name(row), emptyTable(row)));
    session.query(
        CatalogSql.in(scope, CatalogSql.COLUMNS),
        row -> table(tables, row).columns().add(column(row)));
    session.query(
        CatalogSql.in(scope, CatalogSql.UNIQUE_INDEXES),
        row -> table(tables, row).uniqueIndexes().add(uniqueIndex(row)));
    session.query(
        CatalogSql.in(scope, CatalogSql.FOREIGN_KEYS),
        row -> table(tables, row).foreignKeys().add(foreignKey(row)));
    List<LeftOut> leftOut =
        session.query(CatalogSql.in(scope, CatalogSql.LEFT_OUT), Catalog::leftOut);
    return new Catalog(tables, leftOut);
  }

  /** All tables, by name. */
  public Collection<Table> tables() {
    return tables.values();
  }

  /** The table of that name, if there is one. */
  public Optional<Table> table(TableName name) {
    return Optional.ofNullable(tables.get(name));
  }

  /** Views and foreign tables, by name. */
  public List<LeftOut> leftOut() {
    return leftOut;
  }

  private static LeftOut leftOut(ResultSet row) throws SQLException {
    return new LeftOut(
        name(row), LeftOut.Kind.valueOf(row.getString("kind")), row.getBoolean("partition"));
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
        row.getBoolean("unlogged"),
        row.getBoolean("has_children"),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>());
  }

  private static Column column(ResultSet row) throws SQLException {
    return new Column(
        row.getString("column_name"),
        row.getString("type"),
        row.getString("base_type"),
        row.getBoolean("not_null"),
        row.getString("generation"),
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
        row.getBoolean("nulls_alike"),
        strings(row.getArray("columns")),
        strings(row.getArray("expressions")),
        row.getString("predicate"));
  }

  private static ForeignKey foreignKey(ResultSet row) throws SQLException {
    return new ForeignKey(
        row.getString("key_name"),
        strings(row.getArray("columns")),
        new TableName(row.getString("referenced_schema"), row.getString("referenced_table")),
        strings(row.getArray("referenced_columns")),
        row.getBoolean("is_deferrable"),
        row.getBoolean("match_full"));
  }

  private static TableName name(ResultSet row) throws SQLException {
    return new TableName(row.getString("schema_name"), row.getString("table_name"));
  }

  private static List<String> strings(Array array) throws SQLException {
    return List.copyOf(Arrays.asList((String[]) array.getArray()));
  }
}
