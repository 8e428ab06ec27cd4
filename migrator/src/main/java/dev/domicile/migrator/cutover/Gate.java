package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantPath;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.Partitions;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The triggers of one table that lead every write of the tenant to its {@link Fence}: after each
 * row, so that they see what the application's own triggers made of it, and before TRUNCATE. They
 * fire whatever {@code session_replication_role} says.
 */
final class Gate {
  /** What the names of a gate's triggers end with. */
  static final List<String> EVENTS = List.of("insert", "update", "delete", "truncate");

  private final RealmSession session;
  private final Migration migration;
  private final Plan plan;
  private final TablePlan table;
  private final int number;

  /** The gate of one of the plan's tables. */
  Gate(RealmSession session, Migration migration, Plan plan, int number) {
    this.session = session;
    this.migration = migration;
    this.plan = plan;
    this.table = plan.tables().get(number);
    this.number = number;
  }

  /** What the names of a migration's functions begin with. */
  static String functions(Migration migration) {
    return "fence_" + migration.id() + "_";
  }

  /** What the names of a migration's triggers begin with. */
  static String triggers(Migration migration) {
    return "domicile_" + functions(migration);
  }

  /** The sequence that holds the last transaction that moved rows into the tenant. */
  static String moves(Migration migration) {
    return Identifiers.quote(DomicileSchema.NAME, functions(migration) + "moves");
  }

  TablePlan table() {
    return table;
  }

  /**
   * Creates them anew.
   *
   * @param logged whether rows are noted in the server's log, from where a {@link Slot} brings them
   */
  void raise(boolean logged) {
    drop();
    session.execute(
        rowTriggers(logged)
            + ";\n"
            + fireAlways(table.name().sql(), List.of("insert", "update", "delete")));
    raiseAgainstTruncate();
    session.execute(TableFiles.remember(migration, table.name()));
  }

  /** The statements that create them on a table that has none, and no partitions. */
  String raising(boolean logged) {
    return String.join(
        ";\n",
        rowTriggers(logged),
        againstTruncate(table.name().sql()),
        fireAlways(table.name().sql(), EVENTS),
        TableFiles.remember(migration, table.name()));
  }

  /**
   * Creates those before TRUNCATE that are missing: of a partitioned table they do not reach its
   * partitions.
   */
  void raiseAgainstTruncate() {
    session
        .query(
            """
            SELECT r.relid::regclass::text FROM %s AS r WHERE NOT EXISTS (
              SELECT FROM pg_trigger WHERE tgrelid = r.relid AND tgenabled = 'A' AND tgname = %s)
            """
                .formatted(
                    Partitions.of(table.name()),
                    Identifiers.literal(triggers(migration) + "truncate")),
            row -> row.getString(1))
        .forEach(
            relation ->
                session.execute(
                    againstTruncate(relation) + ";\n" + fireAlways(relation, List.of("truncate"))));
  }

  private String rowTriggers(boolean logged) {
    String function =
        Identifiers.quote(DomicileSchema.NAME, functions(migration) + "table_" + number);
    GateFunction gate = new GateFunction(migration.id(), plan, table, moves(migration), logged);
    String asked = gate.asked();
    TenantRows rows = new TenantRows(plan, table);
    // What a condition can tell; it takes no subquery.
    boolean byColumn = table.path() instanceof TenantPath.ByColumn;
    String oldRow = byColumn ? rows.where("OLD") + " AND " : "";
    String newRow = byColumn ? rows.where("NEW") + " AND " : "";
    String either = byColumn ? "(" + rows.where("OLD") + " OR " + rows.where("NEW") + ") AND " : "";
    return String.join(
        ";\n",
        gate.create(function),
        create("insert", newRow + asked, function),
        create("update", either + asked, function),
        create("delete", oldRow + asked, function));
  }

  private String againstTruncate(String relation) {
    return "CREATE TRIGGER %s BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION domicile.pass_truncate('%d', %s)"
        .formatted(
            triggers(migration) + "truncate",
            relation,
            migration.id(),
            Identifiers.literal(table.name().toString()));
  }

  private String create(String event, String condition, String function) {
    return "CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s()"
        .formatted(triggers(migration) + event, event, table.name().sql(), condition, function);
  }

  private String fireAlways(String relation, List<String> events) {
    return events.stream()
        .map(event -> "ENABLE ALWAYS TRIGGER " + triggers(migration) + event)
        .collect(Collectors.joining(", ", "ALTER TABLE " + relation + " ", ""));
  }

  private void drop() {
    session
        .query(
            "SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgparentid = 0 AND %s AND tgrelid IN %s"
                .formatted(called("tgname", triggers(migration)), Partitions.of(table.name())),
            row -> row.getString(1))
        .forEach(session::execute);
  }

  /** The condition that a name of the catalogue begins so. */
  static String called(String column, String prefix) {
    return "starts_with(" + column + ", " + Identifiers.literal(prefix) + ")";
  }
}
