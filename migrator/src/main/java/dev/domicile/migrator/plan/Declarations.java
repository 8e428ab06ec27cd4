package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.TenantPath.ByColumn;
import dev.domicile.migrator.plan.TenantPath.ByParent;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.schema.UniqueIndex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the configuration says about single tables; it overrides what the catalogue tells. */
final class Declarations {
  // note_id, or note_id -> note, or a, b -> note (x, y)
  private static final Pattern PATH =
      Pattern.compile("([^>()]+?)(?:\\s*->\\s*([^>()]+?)(?:\\s*\\(([^>()]+)\\))?)?");
  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

  private final TableRules rules;
  private final Catalog catalog;
  private final Set<TableName> shared = new TreeSet<>();
  private final Set<TableName> leftOut = new TreeSet<>();
  private final Map<TableName, TenantPath> paths = new TreeMap<>();
  private final Set<TableName> faulty = new TreeSet<>();
  private final List<Finding> findings = new ArrayList<>();

  Declarations(Catalog catalog, TableRules rules) {
    this.catalog = catalog;
    this.rules = rules;
    rules.shared().forEach(text -> table(text, "tables.shared").ifPresent(shared::add));
    rules.leftOut().forEach(text -> table(text, "tables.leftOut").ifPresent(leftOut::add));
    new TreeMap<>(rules.tenantColumns()).forEach(this::declareColumn);
    new TreeMap<>(rules.paths()).forEach(this::declarePath);
    paths.keySet().forEach(this::requireEnd);
  }

  /** Takes the paths of an edited plan, and leaves out what it leaves out. */
  void override(Plan edited) {
    edited.tables().stream()
        .filter(table -> isThere(table.name(), columns(table.path())))
        .forEach(table -> paths.put(table.name(), table.path()));
    for (TableName name : edited.leftOut()) {
      if (catalog.table(name).isPresent()) {
        leftOut.add(name);
        paths.remove(name);
      }
    }
  }

  private static List<String> columns(TenantPath path) {
    return path instanceof ByColumn owner
        ? List.of(owner.column())
        : path.parentPaths().stream().flatMap(parent -> parent.columns().stream()).toList();
  }

  Set<TableName> shared() {
    return shared;
  }

  Set<TableName> leftOut() {
    return leftOut;
  }

  Map<TableName, TenantPath> paths() {
    return paths;
  }

  /** Whether no path is looked for: it is shared, left out, or its declaration does not fit. */
  boolean setsAside(TableName table) {
    return shared.contains(table) || leftOut.contains(table) || faulty.contains(table);
  }

  List<Finding> findings() {
    return findings;
  }

  private void declareColumn(String text, String column) {
    Optional<TableName> name = table(text, "tables.tenantColumns");
    if (name.isEmpty()) {
      return;
    }
    if (isThere(name.get(), List.of(column))) {
      paths.put(name.get(), new ByColumn(column));
    } else {
      faulty.add(name.get());
      findings.add(
          Finding.error(
              "unknown-column",
              name.get() + "." + column,
              "is named in tables.tenantColumns but is not there",
              "correct the configuration"));
    }
  }

  private void declarePath(String text, String path) {
    Optional<TableName> name = table(text, "tables.paths");
    if (name.isEmpty()) {
      return;
    }
    Optional<ByParent> parsed = parse(name.get(), path);
    parsed.ifPresentOrElse(
        found -> paths.put(name.get(), found), () -> unknownPath(name.get(), path));
  }

  private Optional<ByParent> parse(TableName name, String path) {
    Matcher matcher = PATH.matcher(path.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Table table = catalog.table(name).orElseThrow();
    List<String> columns = columns(matcher.group(1));
    if (matcher.group(2) == null) {
      return table.foreignKeys().stream()
          .filter(key -> key.columns().equals(columns))
          .findFirst()
          .map(Declarations::byParent);
    }
    TableName parent = named(matcher.group(2));
    List<String> there = matcher.group(3) == null ? key(parent) : columns(matcher.group(3));
    return isThere(name, columns) && isThere(parent, there) && there.size() == columns.size()
        ? Optional.of(new ByParent(columns, parent, there))
        : Optional.empty();
  }

  private List<String> key(TableName name) {
    return catalog.table(name).flatMap(Table::key).map(UniqueIndex::columns).orElse(List.of());
  }

  private boolean isThere(TableName name, List<String> columns) {
    return catalog
        .table(name)
        .filter(table -> columns.stream().allMatch(c -> table.column(c).isPresent()))
        .isPresent();
  }

  /** A declared path must not lead back to its own table. */
  private void requireEnd(TableName name) {
    Set<TableName> seen = new HashSet<>();
    TenantPath path = paths.get(name);
    TableName at = name;
    while (path instanceof ByParent parent) {
      if (!seen.add(at)) {
        unknownPath(name, String.valueOf(path));
        return;
      }
      at = parent.parent();
      path = paths.get(at);
    }
  }

  private void unknownPath(TableName name, String path) {
    if (faulty.add(name)) {
      findings.add(
          Finding.error(
              "unknown-path",
              name.toString(),
              "has no such path to a tenant as tables.paths says, '" + path + "'",
              "give the columns of a foreign key, or columns -> table (columns)"));
    }
  }

  private Optional<TableName> table(String text, String setting) {
    TableName name = named(text);
    if (catalog.table(name).isPresent()) {
      return Optional.of(name);
    }
    findings.add(
        Finding.error(
            "unknown-table",
            name.toString(),
            "is named in " + setting + " but is not there",
            "correct the configuration"));
    return Optional.empty();
  }

  private TableName named(String text) {
    return TableName.parse(text, rules.schemas().get(0));
  }

  static ByParent byParent(ForeignKey key) {
    return new ByParent(key.columns(), key.referenced(), key.referencedColumns());
  }

  private static List<String> columns(String list) {
    return COMMA.splitAsStream(list.strip()).toList();
  }
}
