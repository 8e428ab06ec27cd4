package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Finds what the configured role may not do and has to. */
final class MissingPrivileges {
  private static final List<String> SOURCE = List.of("SELECT", "UPDATE", "DELETE");
  private static final List<String> TARGET = List.of("SELECT", "INSERT", "UPDATE", "DELETE");

  private MissingPrivileges() {}

  /** What is missing at the source: rows are read, and in the end deleted. */
  static List<Finding> atSource(TableFacts source) {
    return find(source, SOURCE);
  }

  /** What is missing at the target: rows are written, and perhaps deleted again. */
  static List<Finding> atTarget(TableFacts target) {
    return find(target, TARGET);
  }

  private static List<Finding> find(TableFacts facts, List<String> needed) {
    List<Finding> findings = new ArrayList<>();
    if (!facts.session().test("SELECT has_database_privilege(current_database(), 'TEMPORARY')")) {
      findings.add(
          Finding.error(
              "privilege-missing",
              "realms." + facts.realm(),
              "does not let realms." + facts.realm() + ".user create temporary tables",
              "run GRANT TEMPORARY ON DATABASE ... TO that user"));
    }
    String missing =
        needed.stream()
            .map(
                privilege ->
                    "CASE WHEN NOT has_table_privilege(c.oid, '%1$s') THEN '%1$s' END"
                        .formatted(privilege))
            .collect(Collectors.joining(", ", "concat_ws(', ', ", ")"));
    facts
        .query(
            """
            SELECT * FROM (
              SELECT n.nspname, c.relname,
                     CASE WHEN has_schema_privilege(n.oid, 'USAGE') THEN %s ELSE 'USAGE on the schema' END AS missing
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {tables}) AS q
            WHERE missing <> '' ORDER BY 1, 2
            """
                .formatted(missing),
            row ->
                Finding.error(
                    "privilege-missing",
                    TableFacts.table(row).toString(),
                    "does not grant realms." + facts.realm() + ".user " + row.getString("missing"),
                    "GRANT it in " + facts.realm()))
        .forEach(findings::add);
    return findings;
  }
}
