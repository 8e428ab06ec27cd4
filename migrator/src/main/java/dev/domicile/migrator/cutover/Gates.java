package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.FENCE_TABLE;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantPath;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The triggers that lead every write of the tenant to its {@link Fence}: after each row, so that
 * they see what the application's own triggers made of it, and before TRUNCATE. They fire whatever
 * {@code session_replication_role} says.
 *
 * <p>Creating a trigger waits for the transactions that have written to its table, and whoever
 * writes later locks the table first and then sees the trigger, however old its snapshot is. So no
 * write goes unnoticed once the gates stand.
 */
public final class Gates {
  private static final Logger LOG = LoggerFactory.getLogger(Gates.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(3);

  // Dropping a trigger locks readers out too.
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final List<String> EVENTS = List.of("insert", "update", "delete", "truncate");

  private final RealmSession session;
  private final Migration migration;
  private final Plan plan;
  private final Fence fence;
  private final TableFiles files;

  /** The gates of one migration at one end, over a session outside any transaction. */
  public Gates(RealmSession session, Migration migration, Plan plan, Fence fence) {
    this.session = session;
    this.migration = migration;
    this.plan = plan;
    this.fence = fence;
    this.files = new TableFiles(session, migration);
  }

  /** Whether one of them was raised, so that something may have been noted. */
  public boolean isBegun() {
    return session.domicile(
        query -> query.fetchExists(FENCE_TABLE, FENCE_TABLE.MIGRATION_ID.eq(migration.id())));
  }

  /**
   * Raises them on all tables, those that stand already left alone. When it returns, every write of
   * the tenant that is not committed yet has met its gate or will.
   *
   * @throws CutoverTimedOut if transactions on a table did not end in time
   */
  public void raise() {
    session.transaction(
        () -> {
          fence.guard();
          session.execute("CREATE SEQUENCE IF NOT EXISTS " + moves());
          return true;
        });
    for (int i = 0; i < plan.tables().size(); i++) {
      int number = i;
      TablePlan table = plan.tables().get(i);
      take(
          table,
          () -> {
            if (!missing(table).isEmpty()) {
              raise(table, number);
            }
            files.remember(table.name());
          });
    }
    // A row may have become the tenant's before its gate stood. Who wrote below it and did not see
    // that yet is waited for; older snapshots are told apart from now on.
    session.transaction(
        () -> {
          fence.guard();
          FenceLock.MOVERS.take(session, migration);
          session.execute(
              "SELECT setval('%s', pg_current_xact_id()::text::bigint)".formatted(moves()));
          return true;
        });
    new Lockers(session)
        .await(
            plan.tables().stream()
                .filter(table -> !table.path().parentPaths().isEmpty())
                .flatMap(table -> TableFiles.relations(session, table.name()).stream())
                .toList());
    new ReadGates(session, migration, fence)
        .raise(
            plan.tables().stream()
                .flatMap(table -> TableFiles.relations(session, table.name()).stream())
                .toList());
  }

  /**
   * Makes sure that they stand, on partitions that were added too, and notes tables whose rows were
   * rewritten without a trigger firing.
   *
   * @throws WrongState if somebody took them down: what was written since is not known
   */
  public void requireStanding() {
    for (int i = 0; i < plan.tables().size(); i++) {
      TablePlan table = plan.tables().get(i);
      int number = i;
      if (!files.areThoseRemembered(table.name())) {
        take(
            table,
            () -> {
              raiseAgainstTruncate(table);
              session.domicile(query -> ChangeLog.noteTable(query, migration, table.name()));
              files.rememberAnew(table.name());
            });
      }
      if (!missing(table).isEmpty()) {
        throw new WrongState(
            "triggers "
                + trigger("...")
                + " on "
                + table.name()
                + " are gone or switched off in "
                + session.name()
                + ", so that changes may have been missed; roll back and start again");
      }
      LOG.trace("Gate {} of {} stands", number, migration);
    }
  }

  /**
   * Takes them down, after the fence was lowered: then they let everybody pass. Tables that are in
   * use for too long keep theirs until the next time.
   */
  public void lower() {
    List<String> tables =
        session.query(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
                + " WHERE NOT tgisinternal AND tgparentid = 0 AND "
                + named("tgname", trigger("")),
            row -> row.getString(1));
    boolean all = new ReadGates(session, migration, fence).lower();
    for (String table : tables) {
      all &= lower(table);
    }
    if (all) {
      session
          .query(
              "SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE "
                  + "pronamespace = '"
                  + DomicileSchema.NAME
                  + "'::regnamespace AND "
                  + named("proname", prefix()),
              row -> row.getString(1))
          .forEach(session::execute);
      session.execute("DROP SEQUENCE IF EXISTS " + moves());
      session.domicile(
          query ->
              query
                  .deleteFrom(FENCE_TABLE)
                  .where(FENCE_TABLE.MIGRATION_ID.eq(migration.id()))
                  .execute());
    }
  }

  private boolean lower(String table) {
    try {
      ShortLocks.take(
          session,
          PATIENCE_AT_THE_END,
          SHORT,
          table + " is in use",
          () ->
              session
                  .query(
                      "SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgparentid = 0 AND %s"
                          .formatted(Identifiers.literal(table), named("tgname", trigger(""))),
                      row -> row.getString(1))
                  .forEach(session::execute));
      return true;
    } catch (CutoverTimedOut e) {
      LOG.warn(
          "The triggers of {} on {} in {} stay until they are next looked for, and let all pass:"
              + " {}",
          migration,
          table,
          session.name(),
          e.getMessage());
      return false;
    }
  }

  private void raise(TablePlan table, int number) {
    drop(table);
    String function = Identifiers.quote(DomicileSchema.NAME, prefix() + "table_" + number);
    boolean logged = fence.slot().isPresent();
    GateFunction gate = new GateFunction(migration.id(), plan, table, moves(), logged);
    session.execute(gate.create(function));
    String asked = gate.asked();
    TenantRows rows = new TenantRows(plan, table);
    // What a condition can tell; it takes no subquery.
    boolean byColumn = table.path() instanceof TenantPath.ByColumn;
    String oldRow = byColumn ? rows.where("OLD") + " AND " : "";
    String newRow = byColumn ? rows.where("NEW") + " AND " : "";
    String either = byColumn ? "(" + rows.where("OLD") + " OR " + rows.where("NEW") + ") AND " : "";
    create(table, "insert", newRow + asked, function);
    create(table, "update", either + asked, function);
    create(table, "delete", oldRow + asked, function);
    raiseAgainstTruncate(table);
  }

  private void create(TablePlan table, String event, String condition, String function) {
    create(
        table.name().sql(),
        event,
        "AFTER " + event,
        "FOR EACH ROW WHEN (" + condition + ")",
        function + "()");
  }

  /** Statement triggers of a partitioned table do not reach its partitions. */
  private void raiseAgainstTruncate(TablePlan table) {
    for (String relation : missing(table, List.of("truncate"))) {
      create(
          relation,
          "truncate",
          "BEFORE TRUNCATE",
          "FOR EACH STATEMENT",
          "domicile.pass_truncate('%d', %s)"
              .formatted(migration.id(), Identifiers.literal(table.name().toString())));
    }
  }

  private void create(String relation, String event, String timing, String scope, String function) {
    session.execute(
        "CREATE TRIGGER %s %s ON %s %s EXECUTE FUNCTION %s"
            .formatted(trigger(event), timing, relation, scope, function));
    session.execute("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s".formatted(relation, trigger(event)));
  }

  private void drop(TablePlan table) {
    session
        .query(
            "SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgparentid = 0 AND %s AND tgrelid IN (%s)"
                .formatted(
                    named("tgname", trigger("")),
                    String.join(", ", TableFiles.relations(session, table.name()))),
            row -> row.getString(1))
        .forEach(session::execute);
  }

  /** Relations of the table that lack a trigger. */
  private List<String> missing(TablePlan table) {
    return missing(table, EVENTS);
  }

  private List<String> missing(TablePlan table, List<String> events) {
    return session.query(
        "SELECT DISTINCT r.relid::regclass::text FROM unnest(ARRAY[%s]::oid[]) AS r (relid), unnest(ARRAY[%s]) AS e (event)"
                .formatted(
                    String.join(", ", TableFiles.relations(session, table.name())),
                    String.join(", ", events.stream().map(Identifiers::literal).toList()))
            + " WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = r.relid AND tgenabled ="
            + " 'A' AND tgname = "
            + Identifiers.literal(trigger(""))
            + " || e.event)",
        row -> row.getString(1));
  }

  private void take(TablePlan table, Runnable work) {
    ShortLocks.take(
        session,
        PATIENCE,
        ShortLocks.LONG,
        table.name()
            + " in "
            + session.name()
            + " is held by long transactions; end them and try again",
        () -> {
          fence.guard();
          work.run();
        });
  }

  private String prefix() {
    return "fence_" + migration.id() + "_";
  }

  private String trigger(String event) {
    return "domicile_" + prefix() + event;
  }

  private String moves() {
    return Identifiers.quote(DomicileSchema.NAME, prefix() + "moves");
  }

  private static String named(String column, String prefix) {
    return "starts_with(" + column + ", " + Identifiers.literal(prefix) + ")";
  }
}
