package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException.Refused;
import dev.domicile.migrator.RowSecurity;
import dev.domicile.migrator.RowSecurity.TablePolicy;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.plan.TenantPath.ByColumn;
import dev.domicile.migrator.plan.TenantPath.ByParent;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.SchemaScope;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes the policies of row-level security along the tenant paths of one realm's tables.
 *
 * <p>Where a path leads over parents, the condition spells it out to the tenant column instead of
 * trusting the parent's own policy, which does not bind a role that owns the parent. It never looks
 * at the table itself: Postgres would see a policy without end in that.
 */
public final class TenantPolicies {
  // A setting that was reset reads as an empty text: nobody's key.
  private static final String TENANT =
      "NULLIF(current_setting(%s, true), '')".formatted(Identifiers.literal(RowSecurity.SETTING));
  private static final Set<String> NUMBERS_AND_UUID =
      Set.of("smallint", "integer", "bigint", "numeric", "uuid");

  private final RealmSession session;
  private final Realm realm;
  private final Catalog catalog;
  private final Ownership ownership;

  /** Reads the catalogue of the realm. */
  public TenantPolicies(RealmSession session, Realm realm, TableRules rules) {
    this.session = session;
    this.realm = realm;
    // A tenant's own schema needs no policies.
    this.catalog = Catalog.read(session, new SchemaScope(rules.tenantSchemaPrefix(), null));
    this.ownership = new Ownership(catalog, rules, null, null);
  }

  /**
   * Writes the policies.
   *
   * @param forced whether the tables' owner is bound as well
   * @throws Refused if it is not known of some table whether and how it belongs to tenants
   */
  public RowSecurity write(boolean forced) {
    List<Finding> findings = new ArrayList<>(ownership.findings(realm));
    if (findings.stream().anyMatch(f -> f.severity() == Finding.Severity.ERROR)) {
      throw new Refused(findings);
    }
    // Notes tell what does not move, which is no matter of policies.
    findings.removeIf(finding -> finding.severity() == Finding.Severity.NOTE);
    Map<TableName, List<TableName>> partitions = PolicyGaps.partitions(session);
    List<TablePolicy> policies = new ArrayList<>();
    for (TableName table : CopyOrder.unchecked(ownership.paths()).waves().keySet()) {
      policies.add(policy(table, table));
      // Whoever names a partition in a query goes past the policy of its table.
      partitions
          .getOrDefault(table, List.of())
          .forEach(partition -> policies.add(policy(table, partition)));
    }
    findings.addAll(
        PolicyGaps.find(session, policies.stream().map(TablePolicy::name).toList(), forced));
    return new RowSecurity(realm, forced, policies, ownership.shared(), List.copyOf(findings));
  }

  private TablePolicy policy(TableName table, TableName stored) {
    TenantPath path = path(table);
    // With its schema, since no alias inside the condition can be mistaken for it.
    String row = stored.sql();
    String using = condition(table, row, 0);
    String check = path instanceof TenantPath.ByAnyParent any ? allOwn(any.parents(), row) : using;
    return new TablePolicy(
        stored, path.toString(), parents(path).distinct().toList(), using, check);
  }

  private Stream<TableName> parents(TenantPath path) {
    return path.parentPaths().stream()
        .map(ByParent::parent)
        .flatMap(parent -> Stream.concat(Stream.of(parent), parents(path(parent))));
  }

  private String condition(TableName table, String row, int depth) {
    TenantPath path = path(table);
    if (path instanceof ByColumn owner) {
      Column column = catalog.table(table).orElseThrow().column(owner.column()).orElseThrow();
      return row + "." + Identifiers.quote(owner.column()) + " = " + tenantAs(column.type());
    }
    List<String> references =
        path.parentPaths().stream().map(parent -> exists(parent, row, depth)).toList();
    return references.size() == 1 ? references.get(0) : "(" + String.join(" OR ", references) + ")";
  }

  /** Correlated, so that one row costs one look at its parent however many rows the tenant has. */
  private String exists(ByParent path, String row, int depth) {
    String parent = "p" + depth;
    String join =
        IntStream.range(0, path.columns().size())
            .mapToObj(
                i ->
                    "%s.%s = %s.%s"
                        .formatted(
                            parent,
                            Identifiers.quote(path.parentColumns().get(i)),
                            row,
                            Identifiers.quote(path.columns().get(i))))
            .collect(Collectors.joining(" AND "));
    return "EXISTS (SELECT FROM %s AS %s WHERE %s AND %s)"
        .formatted(path.parent().sql(), parent, join, condition(path.parent(), parent, depth + 1));
  }

  /** One reference at least, and none to a row of another tenant, who would see the row then. */
  private String allOwn(List<ByParent> references, String row) {
    String some =
        references.stream()
            .map(reference -> "NOT " + isNull(reference, row))
            .collect(Collectors.joining(" OR ", "(", ")"));
    return references.stream()
        .map(
            reference ->
                " AND (" + isNull(reference, row) + " OR " + exists(reference, row, 0) + ")")
        .collect(Collectors.joining("", some, ""));
  }

  private static String isNull(ByParent reference, String row) {
    return reference.columns().stream()
        .map(column -> row + "." + Identifiers.quote(column) + " IS NULL")
        .collect(Collectors.joining(" OR ", "(", ")"));
  }

  /**
   * A text is not cast to the column's own type: a length in it would cut a longer key down to
   * somebody else's.
   */
  private static String tenantAs(String type) {
    if (type.startsWith("character(")) {
      return TENANT + "::bpchar";
    }
    String plain = type.replaceFirst("\\(.*", "");
    return NUMBERS_AND_UUID.contains(plain) ? TENANT + "::" + plain : TENANT;
  }

  private TenantPath path(TableName table) {
    return Objects.requireNonNull(ownership.paths().get(table));
  }
}
