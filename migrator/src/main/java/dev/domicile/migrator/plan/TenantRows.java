package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.KeyColumn;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The SQL that means "this tenant's rows of this table"; the only place that builds it. */
public final class TenantRows {
  private static final String ALIAS = "t";

  private final Plan plan;
  private final TablePlan table;
  private final boolean withoutLate;

  /** The rows of one table of the plan. */
  public TenantRows(Plan plan, TablePlan table) {
    this(plan, table, false);
  }

  private TenantRows(Plan plan, TablePlan table, boolean withoutLate) {
    this.plan = plan;
    this.table = table;
    this.withoutLate = withoutLate;
  }

  /** The same rows as the first pass of a copy writes them: with null for what is written late. */
  public TenantRows withoutLate() {
    return new TenantRows(plan, table, true);
  }

  /** The table, quoted, with the alias {@code t} that the conditions use. */
  public String from() {
    return table.name().sql() + " AS " + ALIAS;
  }

  /** The condition that a row {@code t} is the tenant's. */
  public String where() {
    return where(ALIAS);
  }

  /** The condition that a stored row of the given name is the tenant's. */
  public String where(String row) {
    return where(table, row, 0);
  }

  /**
   * Whether a row of the given name, a stored one or a trigger's, is the tenant's: null where a row
   * on the way to its tenant is missing. One row costs one look at its parent, however many rows
   * the tenant has.
   */
  public String owned(String row) {
    return owned(table, row, 0);
  }

  /**
   * The condition that a stored row of the given name is not the tenant's. It is written so that
   * the server can make an anti-join of it, however many rows the tenant has.
   */
  public String whereNot(String row) {
    if (table.path() instanceof TenantPath.ByColumn path) {
      return row + "." + Identifiers.quote(path.column()) + " IS DISTINCT FROM " + tenant();
    }
    if (table.path() instanceof TenantPath.BySchema) {
      return "false";
    }
    return "NOT EXISTS (SELECT FROM %s AS own WHERE (%s) = (%s) AND %s)"
        .formatted(table.name().sql(), place("own", table), place(row, table), where("own"));
  }

  /** The condition that a row {@code t} is the tenant's and its key lies in the range. */
  public String where(KeyRange range) {
    StringBuilder sql = new StringBuilder(where());
    bound(sql, ">", range.lower());
    bound(sql, "<=", range.upper());
    return sql.toString();
  }

  /** The columns that are copied, of row {@code t}, separated by commas. */
  public String columns() {
    return table.columns().stream().map(this::copied).collect(Collectors.joining(", "));
  }

  private String copied(PlannedColumn column) {
    return withoutLate && column.late()
        ? "CAST(NULL AS " + column.type() + ")"
        : column(column.name());
  }

  /** The key's columns of row {@code t} as they are compared, separated by commas. */
  public String key() {
    return table.key().stream().map(TenantRows::compared).collect(Collectors.joining(", "));
  }

  /** A 64-bit hash of everything that is copied of row {@code t}, the same on every server. */
  public String rowHash() {
    return RowHash.of(
        ALIAS, table.columns().stream().filter(c -> !withoutLate || !c.late()).toList());
  }

  private String where(TablePlan owned, String row, int depth) {
    if (owned.path() instanceof TenantPath.ByColumn path) {
      return row + "." + Identifiers.quote(path.column()) + " = " + tenant();
    }
    if (owned.path() instanceof TenantPath.ByParent path) {
      return where(path, row, depth);
    }
    if (owned.path() instanceof TenantPath.BySchema) {
      return "true";
    }
    // Not an OR of the references: that would be looked up again for each row.
    String any = "a" + depth;
    return owned.path().parentPaths().stream()
        .map(
            path ->
                "SELECT %s FROM %s AS %s WHERE %s"
                    .formatted(
                        place(any, owned), owned.name().sql(), any, where(path, any, depth + 1)))
        .collect(Collectors.joining(" UNION ", "(" + place(row, owned) + ") IN (", ")"));
  }

  /** What tells a stored row apart within a statement: its key, or where it lies. */
  private static String place(String row, TablePlan of) {
    return of.key().isEmpty() ? row + ".tableoid, " + row + ".ctid" : columnsOf(row, of.keyNames());
  }

  private String owned(TablePlan of, String row, int depth) {
    if (of.path() instanceof TenantPath.ByColumn path) {
      return "coalesce(%s.%s = %s, false)"
          .formatted(row, Identifiers.quote(path.column()), tenant());
    }
    if (of.path() instanceof TenantPath.BySchema) {
      return "true";
    }
    return of.path().parentPaths().stream()
        .map(path -> owned(path, row, depth))
        .collect(Collectors.joining(" OR ", "(", ")"));
  }

  private String owned(TenantPath.ByParent path, String row, int depth) {
    String parent = "p" + depth;
    String refersToNone =
        path.columns().stream()
            .map(column -> row + "." + Identifiers.quote(column) + " IS NULL")
            .collect(Collectors.joining(" OR "));
    String owned = owned(plan.table(path.parent()), parent, depth + 1);
    // A path that no foreign key backs may lead to several rows.
    return "CASE WHEN %s THEN false ELSE (SELECT CASE WHEN bool_or(%s) THEN true WHEN bool_and((%s) IS NOT NULL) THEN false END FROM %s AS %s WHERE (%s) = (%s)) END"
        .formatted(
            refersToNone,
            owned,
            owned,
            path.parent().sql(),
            parent,
            columnsOf(parent, path.parentColumns()),
            columnsOf(row, path.columns()));
  }

  private String where(TenantPath.ByParent path, String row, int depth) {
    String parent = "p" + depth;
    return "(%s) IN (SELECT %s FROM %s AS %s WHERE %s)"
        .formatted(
            columnsOf(row, path.columns()),
            columnsOf(parent, path.parentColumns()),
            path.parent().sql(),
            parent,
            where(plan.table(path.parent()), parent, depth + 1));
  }

  private String tenant() {
    return Identifiers.literal(plan.tenant());
  }

  /** Compares whole rows, so that no row of a composite key falls between two chunks. */
  private void bound(StringBuilder sql, String operator, @Nullable List<String> bound) {
    if (bound == null) {
      return;
    }
    String values =
        IntStream.range(0, bound.size())
            .mapToObj(
                i ->
                    "CAST("
                        + Identifiers.literal(bound.get(i))
                        + " AS "
                        + table.key().get(i).type()
                        + ")")
            .collect(Collectors.joining(", "));
    sql.append(" AND (%s) %s (%s)".formatted(key(), operator, values));
  }

  private static String columnsOf(String row, List<String> names) {
    return names.stream()
        .map(name -> row + "." + Identifiers.quote(name))
        .collect(Collectors.joining(", "));
  }

  private static String column(String name) {
    return ALIAS + "." + Identifiers.quote(name);
  }

  private static String compared(KeyColumn key) {
    return column(key.name()) + (key.bytewise() ? " COLLATE \"C\"" : "");
  }
}
