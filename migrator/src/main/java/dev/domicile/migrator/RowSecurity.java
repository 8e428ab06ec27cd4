package dev.domicile.migrator;

import dev.domicile.migrator.schema.TableName;
import dev.domicile.router.Realm;
import dev.domicile.sql.Identifiers;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Policies of row-level security for the tenants' tables of one realm. A session sees and writes
 * the rows of the tenant that its setting {@value #SETTING} names, and none while it is not set.
 *
 * @param realm the realm
 * @param forced whether the tables' owner is bound as well
 * @param tables the policy of each table, those that others look at first
 * @param shared tables that belong to no tenant and get no policy
 * @param findings what somebody should know; none of them is an error
 */
public record RowSecurity(
    Realm realm,
    boolean forced,
    List<TablePolicy> tables,
    List<TableName> shared,
    List<Finding> findings) {
  /** The setting that holds the tenant's client key. */
  public static final String SETTING = "domicile.client_key";

  /** What the policies are called. */
  public static final String POLICY = "domicile_tenant";

  /**
   * The policy of one table, or of one partition of a table.
   *
   * @param name the table
   * @param path how its rows are known to be the tenant's, for people
   * @param parents the tables that the policy looks at
   * @param using the condition, as SQL, on the rows that are seen
   * @param check the condition, as SQL, on the rows that are written
   */
  public record TablePolicy(
      TableName name, String path, List<TableName> parents, String using, String check) {}

  /** The SQL that puts the policies up, in one transaction. Run again, it ends the same. */
  public String script() {
    String parents =
        tables.stream()
            .map(TablePolicy::parents)
            .flatMap(Collection::stream)
            .distinct()
            .sorted()
            .map(TableName::sql)
            .collect(Collectors.joining(", "));
    Stream<String> head =
        Stream.of(
            comment("Row-level security for the tenants' tables of realm " + realm + "."),
            comment(
                forced
                    ? "The owner of the tables is bound as well; the migrator's role needs BYPASSRLS."
                    : "The application's role must not own the tables: an owner sees all rows."),
            comment(
                "It needs SELECT on the tables that policies look at: "
                    + (parents.isEmpty() ? "none" : parents)));
    Stream<String> warnings =
        findings.stream()
            .map(finding -> comment(finding.severity() + " " + finding.code() + ": " + finding));
    return Stream.of(
            head,
            warnings,
            Stream.of("BEGIN;", "SET LOCAL lock_timeout = '5s';"),
            tables.stream().map(this::statements),
            Stream.of("COMMIT;"))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n"));
  }

  private String statements(TablePolicy table) {
    return """

    %1$s
    ALTER TABLE %2$s ENABLE ROW LEVEL SECURITY;
    ALTER TABLE %2$s %3$s ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS %4$s ON %2$s;
    CREATE POLICY %4$s ON %2$s
      USING (%5$s)
      WITH CHECK (%6$s);
    """
        .formatted(
            comment(table.name() + ": " + table.path()),
            table.name().sql(),
            forced ? "FORCE" : "NO FORCE",
            Identifiers.quote(POLICY),
            table.using(),
            table.check());
  }

  /** A name may hold the end of a line, and with it the end of the comment. */
  private static String comment(String text) {
    return "-- " + text.replaceAll("\\R", " ");
  }
}
