package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import java.util.List;

/** Finds triggers and rules of the target that would fire on the rows that arrive. */
final class FiringTriggers {
  private static final String SQL =
      """
      SELECT n.nspname, c.relname, 'trigger ' || quote_ident(t.tgname) AS what
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE {tables} AND NOT t.tgisinternal AND t.tgenabled IN (%1$s) AND NOT starts_with(t.tgname, 'domicile_')
      UNION ALL
      SELECT n.nspname, c.relname, 'rule ' || quote_ident(r.rulename)
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE {tables} AND r.ev_type <> '1' AND r.ev_enabled IN (%1$s)
      ORDER BY 1, 2, 3
      """;

  private FiringTriggers() {}

  static List<Finding> find(TableFacts target, boolean foreignKeysDeferred) {
    String modes = foreignKeysDeferred ? "'A', 'R'" : "'A', 'O'";
    return target.query(
        SQL.formatted(modes),
        row ->
            Finding.warning(
                "trigger-fires",
                TableFacts.table(row).toString(),
                row.getString("what")
                    + " fires in "
                    + target.realm()
                    + " on rows that are moved, rolled back or purged",
                "see that it changes no row and has no effect that must not come twice, or disable"
                    + " it"));
  }
}
