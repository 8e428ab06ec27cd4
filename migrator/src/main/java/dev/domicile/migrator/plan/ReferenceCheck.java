package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds rows that the tenant's rows refer to without being the tenant's: they must be in the target
 * too, and be the same there, or the tenant's rows would refer to somebody else's.
 */
final class ReferenceCheck {
  private final RealmSession source;
  private final RealmSession target;
  private final LentRows lent;
  private final Plan plan;
  private final Catalog sourceCatalog;
  private final Catalog targetCatalog;
  private final List<Finding> findings = new ArrayList<>();

  ReferenceCheck(
      RealmSession source,
      RealmSession target,
      LentRows lent,
      Plan plan,
      Catalog sourceCatalog,
      Catalog targetCatalog) {
    this.source = source;
    this.target = target;
    this.lent = lent;
    this.plan = plan;
    this.sourceCatalog = sourceCatalog;
    this.targetCatalog = targetCatalog;
  }

  List<Finding> findings() {
    return findings;
  }

  void check(List<TablePlan> tables) {
    List<Reference> all =
        tables.stream()
            .flatMap(
                table ->
                    table.references().stream()
                        .filter(key -> !table.isPath(key) && isThere(table, key))
                        .map(key -> new Reference(table, key)))
            .toList();
    // Those to tables that move lead to the tenant's own rows, as a rule; then none has to be sent.
    List<Reference> inside = all.stream().filter(of -> plan.moves(of.key().referenced())).toList();
    List<Boolean> outside = source.haveRows(inside.stream().map(this::referring).toList());
    all.stream()
        .filter(of -> !inside.contains(of) || outside.get(inside.indexOf(of)))
        .forEach(this::check);
  }

  /** A foreign key, by which the tenant's rows may refer to rows that are not the tenant's. */
  private record Reference(TablePlan table, ForeignKey key) {}

  /** What is referred to, each once, however many rows refer to it. */
  private String referring(Reference of) {
    TenantRows rows = new TenantRows(plan, of.table());
    return "SELECT DISTINCT %s FROM %s WHERE %s AND %s%s"
        .formatted(
            rows.columns(of.key().columns()),
            rows.from(),
            rows.where(),
            of.key().refers("t"),
            plan.moves(of.key().referenced()) ? outside(of.key()) : "");
  }

  private void check(Reference of) {
    TablePlan table = of.table();
    ForeignKey reference = of.key();
    TenantRows rows = new TenantRows(plan, table);
    String content = "hashtextextended(" + content(reference) + ", 0)";
    lent.lend(
        "SELECT %s, 0::bigint AS content FROM %s".formatted(keys(rows, reference), rows.from()),
        "SELECT %s, %s FROM (%s) AS t JOIN %s AS p ON %s"
            .formatted(
                keys(rows.leaving(), reference),
                content,
                referring(of),
                reference.referenced().sql(),
                reference.refersTo("t", "p")),
        () -> compare(table, reference, content));
  }

  /** The condition that a row {@code t} refers to none of the tenant's rows. */
  private String outside(ForeignKey reference) {
    return " AND NOT EXISTS (SELECT FROM %s AS own WHERE %s AND %s)"
        .formatted(
            reference.referenced().sql(),
            reference.refersTo("t", "own"),
            new TenantRows(plan, plan.table(reference.referenced())).where("own"));
  }

  private static String keys(TenantRows rows, ForeignKey reference) {
    return IntStream.range(0, reference.columns().size())
        .mapToObj(i -> rows.columns(List.of(reference.columns().get(i))) + " AS domicile_" + i)
        .collect(Collectors.joining(", "));
  }

  /** Shared tables are not compared column by column, but what is referred to must be there. */
  private boolean isThere(TablePlan table, ForeignKey reference) {
    boolean there =
        targetCatalog
            .table(reference.referenced())
            .filter(
                other ->
                    reference.referencedColumns().stream()
                        .allMatch(column -> other.column(column).isPresent()))
            .isPresent();
    if (!there || sourceCatalog.table(reference.referenced()).isEmpty()) {
      findings.add(
          Finding.error(
              "missing-table",
              reference.referenced().toString(),
              "is missing in "
                  + plan.target()
                  + " or a partition, and "
                  + table.name()
                  + " refers to it",
              "bring both realms to the same schema version"));
      return false;
    }
    return true;
  }

  private void compare(TablePlan table, ForeignKey reference, String content) {
    List<String> lentColumns =
        IntStream.range(0, reference.columns().size()).mapToObj(i -> "domicile_" + i).toList();
    String found =
        "FROM %s AS k LEFT JOIN %s AS p ON (%s) = (%s)"
            .formatted(
                LentRows.TABLE,
                reference.referenced().sql(),
                Identifiers.columns("p", reference.referencedColumns()),
                Identifiers.columns("k", lentColumns));
    String anyKey = "p." + Identifiers.quote(reference.referencedColumns().get(0));
    long missing = target.number("SELECT count(*) %s WHERE %s IS NULL".formatted(found, anyKey));
    long other =
        target.number(
            "SELECT count(*) %s WHERE %s IS NOT NULL AND k.content <> %s"
                .formatted(found, anyKey, content));
    String subject = table.name() + " (" + String.join(", ", reference.columns()) + ")";
    String which =
        " rows of "
            + reference.referenced()
            + " that the tenant's rows refer to, but that are not the tenant's, ";
    if (missing > 0) {
      findings.add(
          Finding.error(
              "missing-reference",
              subject,
              missing + which + "are missing in " + plan.target(),
              moved(table, reference)
                  ? "point them elsewhere, since the ids are moved by an offset that others' are not"
                  : "load them there first"));
    }
    if (other > 0) {
      findings.add(
          new Finding(
              plan.moves(reference.referenced())
                  ? Finding.Severity.ERROR
                  : Finding.Severity.WARNING,
              "different-reference",
              subject,
              other + which + "hold something else in " + plan.target(),
              "make them equal in both realms"));
    }
  }

  private static boolean moved(TablePlan table, ForeignKey reference) {
    return reference.columns().stream().anyMatch(column -> table.shift(column) != 0);
  }

  /** The referenced row as a text, over the columns that both realms have. */
  private String content(ForeignKey reference) {
    Table there = targetCatalog.table(reference.referenced()).orElseThrow();
    return sourceCatalog.table(reference.referenced()).orElseThrow().columns().stream()
        .filter(column -> !column.generated() && there.column(column.name()).isPresent())
        .map(Column::name)
        .map(name -> "p." + Identifiers.quote(name))
        .collect(Collectors.joining(", ", "ROW(", ")::text COLLATE \"C\""));
  }
}
