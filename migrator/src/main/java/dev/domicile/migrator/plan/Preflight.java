package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Looks at the rows of both realms before anything is written: whether the target is free of the
 * tenant, whether a key is taken there, whether what the rows refer to is there. Keys are brought
 * over into a temporary table, so they stay within the two realms.
 */
public final class Preflight {
  private static final String KEYS = "pg_temp.domicile_keys";
  private static final Set<String> SAMPLED_TYPES = Set.of("smallint", "integer", "bigint", "uuid");

  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;
  private final List<Finding> findings = new ArrayList<>();

  /** Looks over the two sessions, outside any transaction. */
  public Preflight(RealmSession source, RealmSession target, Plan plan) {
    this.source = source;
    this.target = target;
    this.plan = plan;
  }

  /** Whether the role may switch off triggers for its own session. */
  public static boolean mayDeferForeignKeys(RealmSession target) {
    try {
      return target.transaction(
          () -> {
            target.execute("SET LOCAL session_replication_role = replica");
            return true;
          });
    } catch (StatementFailed e) {
      if (e.sqlState().equals("42501")) {
        return false;
      }
      throw e;
    }
  }

  /** Makes all checks, and returns all findings at once. */
  public List<Finding> check(Catalog targetCatalog) {
    for (TablePlan table : plan.tables()) {
      if (tenantIsThere(table)) {
        continue;
      }
      Table there = targetCatalog.table(table.name()).orElseThrow();
      there.uniqueIndexes().forEach(index -> checkCollisions(table, index));
      table.references().forEach(reference -> checkReference(table, reference));
    }
    return findings;
  }

  private boolean tenantIsThere(TablePlan table) {
    TenantRows rows = new TenantRows(plan, table);
    boolean there =
        target.test("SELECT EXISTS (SELECT FROM %s WHERE %s)".formatted(rows.from(), rows.where()));
    if (there) {
      findings.add(
          Finding.error(
              "tenant-is-there",
              table.name().toString(),
              plan.target() + " already holds rows of tenant '" + plan.tenant() + "'",
              "purge the old copy, or delete them"));
    }
    return there;
  }

  private void checkCollisions(TablePlan table, UniqueIndex index) {
    if (table.path() instanceof TenantPath.ByColumn path
        && index.columns().contains(path.column())) {
      // The target holds no row of this tenant, so nothing can collide within it.
      return;
    }
    TenantRows rows = new TenantRows(plan, table);
    String keys = aliased(index.expressions());
    String partial = index.predicate() == null ? "" : " AND (" + index.predicate() + ")";
    String match =
        IntStream.range(0, index.expressions().size())
            .mapToObj(i -> index.expressions().get(i) + " = k.domicile_" + i)
            .collect(Collectors.joining(" AND "));
    String taken =
        "FROM %s JOIN %s AS k ON %s WHERE true%s".formatted(rows.from(), KEYS, match, partial);
    withKeys(
        "SELECT %s FROM %s".formatted(keys, rows.from()),
        "SELECT %s FROM %s WHERE %s%s".formatted(keys, rows.from(), rows.where(), partial),
        () -> {
          long count = target.number("SELECT count(*) " + taken);
          if (count > 0) {
            findings.add(collision(table, index, count, sample(table, index, taken)));
          }
        });
  }

  private Optional<String> sample(TablePlan table, UniqueIndex index, String taken) {
    boolean harmless =
        index.columns().size() == 1
            && table.columns().stream()
                .anyMatch(
                    c ->
                        c.name().equals(index.columns().get(0))
                            && SAMPLED_TYPES.contains(c.type()));
    if (!harmless) {
      return Optional.empty();
    }
    List<String> values =
        target.query(
            "SELECT k.domicile_0::text " + taken + " ORDER BY k.domicile_0 LIMIT 3",
            row -> row.getString(1));
    return Optional.of(String.join(", ", values));
  }

  private Finding collision(
      TablePlan table, UniqueIndex index, long count, Optional<String> sample) {
    return Finding.error(
        "id-collision",
        table.name() + " (" + index.name() + ")",
        count
            + " of the tenant's keys are taken in "
            + plan.target()
            + sample.map(values -> ", such as " + values).orElse(""),
        "give the realms disjoint keys before moving tenants between them");
  }

  private void checkReference(TablePlan table, ForeignKey reference) {
    if (isPath(table, reference)) {
      return;
    }
    TenantRows rows = new TenantRows(plan, table);
    String columns = aliased(reference.columns().stream().map(Identifiers::quote).toList());
    String present =
        reference.columns().stream()
            .map(c -> "t." + Identifiers.quote(c) + " IS NOT NULL")
            .collect(Collectors.joining(" AND "));
    String outside =
        plan.moves(reference.referenced()) ? " AND NOT " + insideTenant(reference) : "";
    String match =
        IntStream.range(0, reference.columns().size())
            .mapToObj(
                i ->
                    "p."
                        + Identifiers.quote(reference.referencedColumns().get(i))
                        + " = k.domicile_"
                        + i)
            .collect(Collectors.joining(" AND "));
    withKeys(
        "SELECT %s FROM %s".formatted(columns, rows.from()),
        "SELECT DISTINCT %s FROM %s WHERE %s AND %s%s"
            .formatted(columns, rows.from(), rows.where(), present, outside),
        () -> {
          long missing =
              target.number(
                  "SELECT count(*) FROM %s AS k WHERE NOT EXISTS (SELECT FROM %s AS p WHERE %s)"
                      .formatted(KEYS, reference.referenced().sql(), match));
          if (missing > 0) {
            findings.add(missingReference(table, reference, missing));
          }
        });
  }

  private String insideTenant(ForeignKey reference) {
    TenantRows parents = new TenantRows(plan, plan.table(reference.referenced()));
    String match =
        IntStream.range(0, reference.columns().size())
            .mapToObj(
                i ->
                    "parent."
                        + Identifiers.quote(reference.referencedColumns().get(i))
                        + " = t."
                        + Identifiers.quote(reference.columns().get(i)))
            .collect(Collectors.joining(" AND "));
    return "EXISTS (SELECT FROM %s AS parent WHERE %s AND %s)"
        .formatted(reference.referenced().sql(), match, parents.where("parent"));
  }

  private Finding missingReference(TablePlan table, ForeignKey reference, long missing) {
    return Finding.error(
        "missing-reference",
        table.name() + " (" + String.join(", ", reference.columns()) + ")",
        missing
            + " rows of "
            + reference.referenced()
            + " that the tenant's rows refer to, but that are not the tenant's, are missing in "
            + plan.target(),
        "load them there first");
  }

  /** Whether the reference is the tenant path, which never leaves the tenant. */
  private static boolean isPath(TablePlan table, ForeignKey reference) {
    return table.path() instanceof TenantPath.ByParent path
        && path.parent().equals(reference.referenced())
        && path.columns().equals(reference.columns());
  }

  /** Lends the keys to the check as a table at the target. */
  private void withKeys(String shape, String select, Runnable check) {
    target.execute("CREATE TEMPORARY TABLE domicile_keys AS " + shape + " WITH NO DATA");
    try {
      CopyPipe.run(
          source, "COPY (" + select + ") TO STDOUT", target, "COPY " + KEYS + " FROM STDIN");
      target.execute("ANALYZE " + KEYS);
      check.run();
    } finally {
      if (target.isUsable()) {
        target.execute("DROP TABLE " + KEYS);
      }
    }
  }

  private static String aliased(List<String> expressions) {
    return IntStream.range(0, expressions.size())
        .mapToObj(i -> expressions.get(i) + " AS domicile_" + i)
        .collect(Collectors.joining(", "));
  }
}
