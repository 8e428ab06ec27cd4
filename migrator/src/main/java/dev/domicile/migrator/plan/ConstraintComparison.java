package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.schema.UniqueIndex;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Finds what only one of the two realms asks of a row. */
final class ConstraintComparison {
  private static final String CHECKS =
      """
      SELECT n.nspname, c.relname, pg_get_constraintdef(k.oid) AS definition
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE {tables} AND k.contype IN ('c', 'x')
      """;

  private final TableFacts source;
  private final TableFacts target;
  private final Catalog sourceCatalog;
  private final Catalog targetCatalog;

  ConstraintComparison(
      TableFacts source, TableFacts target, Catalog sourceCatalog, Catalog targetCatalog) {
    this.source = source;
    this.target = target;
    this.sourceCatalog = sourceCatalog;
    this.targetCatalog = targetCatalog;
  }

  List<Finding> find() {
    Map<TableName, Set<String>> here = checks(source);
    Map<TableName, Set<String>> there = checks(target);
    return target.tables().stream()
        .flatMap(
            name ->
                Stream.concat(
                    compare(
                        name,
                        here.getOrDefault(name, Set.of()),
                        there.getOrDefault(name, Set.of())),
                    compareForeignKeys(
                        sourceCatalog.table(name).orElseThrow(),
                        targetCatalog.table(name).orElseThrow())))
        .toList();
  }

  private Stream<Finding> compare(TableName name, Set<String> here, Set<String> there) {
    Set<String> all = new HashSet<>(uniques(sourceCatalog.table(name).orElseThrow()));
    all.addAll(here);
    Set<String> others = new HashSet<>(uniques(targetCatalog.table(name).orElseThrow()));
    others.addAll(there);
    Stream<Finding> extra =
        others.stream()
            .filter(definition -> !all.contains(definition))
            .sorted()
            .map(
                definition ->
                    finding(
                        name,
                        "has "
                            + definition
                            + " in "
                            + target.realm()
                            + " only, which may refuse rows"));
    Stream<Finding> missing =
        all.stream()
            .filter(definition -> !others.contains(definition))
            .sorted()
            .map(definition -> finding(name, "lacks " + definition + " in " + target.realm()));
    return Stream.concat(extra, missing);
  }

  private Stream<Finding> compareForeignKeys(Table here, Table there) {
    Stream<Finding> extra =
        there.foreignKeys().stream()
            .filter(key -> here.foreignKeys().stream().noneMatch(key::isLike))
            .map(
                key ->
                    Finding.error(
                        "constraint-differs",
                        here.name().toString(),
                        "has " + words(key) + " in " + target.realm() + " only",
                        "bring both realms to the same schema version"));
    Stream<Finding> missing =
        here.foreignKeys().stream()
            .filter(key -> there.foreignKeys().stream().noneMatch(key::isLike))
            .map(key -> finding(here.name(), "lacks " + words(key) + " in " + target.realm()));
    return Stream.concat(extra, missing);
  }

  private static String words(ForeignKey key) {
    return "the foreign key " + String.join(", ", key.columns()) + " -> " + key.referenced();
  }

  private static Finding finding(TableName name, String problem) {
    return Finding.warning(
        "constraint-differs",
        name.toString(),
        problem,
        "bring both realms to the same schema version");
  }

  private static List<String> uniques(Table table) {
    return table.uniqueIndexes().stream().map(ConstraintComparison::unique).toList();
  }

  private static String unique(UniqueIndex index) {
    return "UNIQUE "
        + (index.nullsAlike() ? "NULLS NOT DISTINCT " : "")
        + index.expressions().stream().sorted().toList()
        + (index.predicate() == null ? "" : " WHERE " + index.predicate());
  }

  private static Map<TableName, Set<String>> checks(TableFacts facts) {
    Map<TableName, Set<String>> checks = new HashMap<>();
    facts.query(
        CHECKS,
        row ->
            checks
                .computeIfAbsent(TableFacts.table(row), name -> new HashSet<>())
                .add(row.getString("definition")));
    return checks;
  }
}
