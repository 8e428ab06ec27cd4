package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.KeyColumn;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The SQL that means "this tenant's rows of this table"; the only place that builds it. */
public final class TenantRows {
  private static final String ALIAS = "t";

  private final Plan plan;
  private final TablePlan table;
  private final boolean withoutLate;
  private final boolean leaving;

  /** The rows of one table of the plan, with their ids as they lie there. */
  public TenantRows(Plan plan, TablePlan table) {
    this(plan, table, false, false);
  }

  private TenantRows(Plan plan, TablePlan table, boolean withoutLate, boolean leaving) {
    this.plan = plan;
    this.table = table;
    this.withoutLate = withoutLate;
    this.leaving = leaving;
  }

  /** The same rows as the first pass of a copy writes them: with null for what is written late. */
  public TenantRows withoutLate() {
    return new TenantRows(plan, table, true, leaving);
  }

  /**
   * The same rows at the end that they leave, in the form that they get at the other end: with
   * their ids moved by the plan's offsets. Ranges of keys are in that form too.
   */
  public TenantRows leaving() {
    return new TenantRows(plan, table, withoutLate, true);
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
    return within(range, where());
  }

  /**
   * The condition that the running transaction has written a row {@code t}, whosever it is, and its
   * key lies in the range. It spares the look at parents.
   */
  public String whereWritten(KeyRange range) {
    return within(range, ALIAS + ".xmin = pg_current_xact_id()::xid");
  }

  /** The condition that the key of a row {@code t} lies in the range, whosever it is. */
  public String whereAnybodys(KeyRange range) {
    return within(range, "true");
  }

  private String within(KeyRange range, String condition) {
    StringBuilder sql = new StringBuilder(condition);
    bound(sql, ">", range.lower());
    bound(sql, "<=", range.upper());
    return sql.toString();
  }

  /** The columns that are copied, of row {@code t}, separated by commas. */
  public String columns() {
    return table.columns().stream().map(this::copied).collect(Collectors.joining(", "));
  }

  /** Some of the columns, of row {@code t}, separated by commas. */
  public String columns(List<String> names) {
    return names.stream().map(this::value).collect(Collectors.joining(", "));
  }

  /**
   * All of the tenant's rows as a table that can stand in for the stored one in a query.
   *
   * @param others columns that are not copied, which it should have too
   */
  public String asTable(List<String> others) {
    return Stream.concat(table.columnNames().stream(), others.stream())
        .map(name -> value(name) + " AS " + Identifiers.quote(name))
        .collect(
            Collectors.joining(
                ", ", "(SELECT ", " FROM %s WHERE %s) AS %s".formatted(from(), where(), ALIAS)));
  }

  private String copied(PlannedColumn column) {
    return withoutLate && column.late()
        ? "CAST(NULL AS " + column.type() + ")"
        : value(column.name());
  }

  /** The key's columns of row {@code t} as they are compared, each for itself. */
  public List<String> key() {
    return table.key().stream().map(this::compared).toList();
  }

  /** A column of row {@code t}. */
  private String value(String name) {
    String stored = ALIAS + "." + Identifiers.quote(name);
    long shift = leaving ? table.shift(name) : 0;
    return shift == 0 ? stored : "(%s + CAST(%d AS %s))".formatted(stored, shift, type(name));
  }

  private String type(String name) {
    return table.columns().stream()
        .filter(column -> column.name().equals(name))
        .map(PlannedColumn::type)
        .findFirst()
        .orElseThrow();
  }

  /** A 64-bit hash of everything that is copied of row {@code t}, the same on every server. */
  public String rowHash() {
    return RowHash.of(
        column -> value(column.name()),
        table.columns().stream().filter(c -> !withoutLate || !c.late()).toList());
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
    return of.key().isEmpty()
        ? row + ".tableoid, " + row + ".ctid"
        : Identifiers.columns(row, of.keyNames());
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
            Identifiers.columns(parent, path.parentColumns()),
            Identifiers.columns(row, path.columns()));
  }

  private String where(TenantPath.ByParent path, String row, int depth) {
    String parent = "p" + depth;
    return "(%s) IN (SELECT %s FROM %s AS %s WHERE %s)"
        .formatted(
            Identifiers.columns(row, path.columns()),
            Identifiers.columns(parent, path.parentColumns()),
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
                i -> {
                  KeyColumn key = table.key().get(i);
                  String value =
                      "CAST(%s AS %s)".formatted(Identifiers.literal(bound.get(i)), key.type());
                  // The stored key alone is what an index knows.
                  long shift = leaving ? table.shift(key.name()) : 0;
                  return shift == 0
                      ? value
                      : "%s - CAST(%d AS %s)".formatted(value, shift, key.type());
                })
            .collect(Collectors.joining(", "));
    String keys = new TenantRows(plan, table).key().stream().collect(Collectors.joining(", "));
    sql.append(" AND (%s) %s (%s)".formatted(keys, operator, values));
  }

  private String compared(KeyColumn key) {
    return value(key.name()) + (key.bytewise() ? " COLLATE \"C\"" : "");
  }
}
