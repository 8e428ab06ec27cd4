package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantPath;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Refuses every write of the tenant inside the source's database, whoever sends it, with SQLSTATE
 * {@value #SQLSTATE}.
 *
 * <p>The fence is a set of triggers, and that is what makes it tight. Creating a trigger waits for
 * the transactions that have written to the table, so nothing is in flight when the fence stands.
 * Whoever writes later takes the table's lock first and then sees the trigger, at any isolation
 * level and however old its snapshot is: triggers belong to the catalogue, not to the snapshot. A
 * row of state that the writers had to read would not be seen by an old snapshot.
 */
public final class Fence {
  /** What a refused write fails with. */
  public static final String SQLSTATE = "DM001";

  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);
  private static final int ATTEMPTS = 5;
  // Lock not available, deadlock: writers are in the way.
  private static final Set<String> CONTENTION = Set.of("55P03", "40P01");

  private final RealmSession source;
  // Its epoch is the fence's token: who took the migration over has a fence of its own, which a
  // process that comes too late cannot take down.
  private final Migration migration;
  private final Plan plan;

  /** The fence of one migration, over a session outside any transaction. */
  public Fence(RealmSession source, Migration migration, Plan plan) {
    this.source = source;
    this.migration = migration;
    this.plan = plan;
  }

  /**
   * Raises the fence on all tables at once.
   *
   * @throws CutoverTimedOut if writers of the tables did not finish in time; it does not stand then
   */
  public void raise() {
    retry(
        () -> {
          for (int i = 0; i < plan.tables().size(); i++) {
            raise(plan.tables().get(i), i);
          }
        });
  }

  /**
   * Takes down the fence that this object raised, and those that processes before it have left; not
   * that of a successor.
   *
   * @throws CutoverTimedOut if transactions on the tables did not finish in time; it stands then
   */
  public void lower() {
    lower(
        "%s AND substring(%%1$s FROM 'epoch_([0-9]+)_')::bigint <= %d"
            .formatted(named("%1$s", prefix()), migration.epoch()));
  }

  /** Takes down only the fence that this object raised: another process is at work. */
  public void lowerOwn() {
    lower(named("%1$s", prefix() + "epoch_" + migration.epoch() + "_"));
  }

  /**
   * Takes down every fence that this migration has ever raised.
   *
   * @throws CutoverTimedOut if transactions on the tables did not finish in time; it stands then
   */
  public void lowerAll() {
    lower(named("%1$s", prefix()));
  }

  /**
   * Lets the running transaction of the session past the fence of one table.
   *
   * @throws TakenOver if the fence does not stand there. Then the rows are not this migration's old
   *     copy: somebody has purged it, and the tenant may be back
   */
  public void pass(TableName table) {
    // Taking the fence down waits for this lock.
    source.execute("LOCK TABLE " + table.sql() + " IN ROW EXCLUSIVE MODE");
    boolean stands =
        source.test(
            "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = %s::regclass AND %s)"
                .formatted(Identifiers.literal(table.sql()), named("tgname", prefix())));
    if (!stands) {
      throw new TakenOver(
          "the fence of "
              + migration
              + " does not stand on "
              + table
              + "; look at its status, and check realms."
              + migration.source()
              + ".url");
    }
    source.execute("SET LOCAL domicile.migration = '" + migration.id() + "'");
  }

  private void raise(TablePlan table, int number) {
    TenantRows rows = new TenantRows(plan, table);
    String oldRow = rows.whereInTrigger("OLD");
    String newRow = rows.whereInTrigger("NEW");
    if (table.path() instanceof TenantPath.ByColumn) {
      String refuse = "domicile.refuse_write('" + migration.id() + "')";
      create(table, "insert", "AFTER INSERT", "FOR EACH ROW WHEN (" + newRow + ")", refuse);
      create(
          table,
          "update",
          "AFTER UPDATE",
          "FOR EACH ROW WHEN (" + oldRow + " OR " + newRow + ")",
          refuse);
      create(table, "delete", "AFTER DELETE", "FOR EACH ROW WHEN (" + oldRow + ")", refuse);
    } else {
      // WHEN takes no subquery, so the look at the parent is the function's own.
      String function = function(number);
      String transaction =
          source.first("SELECT pg_current_xact_id()::text", row -> row.getString(1)).orElseThrow();
      source.execute(ChildFence.create(function, migration.id(), transaction, oldRow, newRow));
      for (String event : List.of("insert", "update", "delete")) {
        create(table, event, "AFTER " + event, "FOR EACH ROW", function + "()");
      }
    }
    raiseAgainstTruncate(table);
  }

  /** Statement triggers of a partitioned table do not reach its partitions. */
  private void raiseAgainstTruncate(TablePlan table) {
    String name = Identifiers.literal(table.name().sql());
    source
        .query(
            "SELECT relid::regclass::text FROM pg_partition_tree(%s) UNION SELECT %s::regclass::text"
                .formatted(name, name),
            row -> row.getString(1))
        .forEach(
            relation ->
                create(
                    relation,
                    "truncate",
                    "BEFORE TRUNCATE",
                    "FOR EACH STATEMENT",
                    "domicile.refuse_write('" + migration.id() + "')"));
  }

  private void create(TablePlan table, String event, String timing, String scope, String function) {
    create(table.name().sql(), event, timing, scope, function);
  }

  private void create(String relation, String event, String timing, String scope, String function) {
    source.execute(
        "CREATE TRIGGER %s %s ON %s %s EXECUTE FUNCTION %s"
            .formatted(trigger(event), timing, relation, scope, function));
    source.execute("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s".formatted(relation, trigger(event)));
  }

  private static String named(String column, String prefix) {
    return "starts_with(" + column + ", " + Identifiers.literal(prefix) + ")";
  }

  /** The condition has {@code %1$s} for the name of a trigger or of a function. */
  private void lower(String condition) {
    retry(
        () -> {
          source
              .query(
                  "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)"
                      + " FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 AND "
                      + condition.formatted("tgname"),
                  row -> row.getString(1))
              .forEach(source::execute);
          source
              .query(
                  "SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE "
                      + condition.formatted("proname"),
                  row -> row.getString(1))
              .forEach(source::execute);
        });
  }

  private String prefix() {
    return "domicile_fence_" + migration.id() + "_";
  }

  private String trigger(String event) {
    return prefix() + "epoch_" + migration.epoch() + "_" + event;
  }

  private String function(int number) {
    return Identifiers.quote(DomicileSchema.NAME, trigger("table_" + number));
  }

  /** A short wait each time, so that writers of other tenants queue behind us for a moment only. */
  private void retry(Runnable work) {
    for (int attempt = 1; ; attempt++) {
      try {
        source.transaction(
            () -> {
              source.execute("SET LOCAL lock_timeout = " + LOCK_TIMEOUT.toMillis());
              work.run();
              return true;
            });
        return;
      } catch (StatementFailed e) {
        if (!CONTENTION.contains(e.sqlState())) {
          throw e;
        }
        if (attempt == ATTEMPTS) {
          throw new CutoverTimedOut(
              "the tables of tenant '"
                  + migration.tenant()
                  + "' in "
                  + migration.source()
                  + " are held by long transactions; end them and try again",
              e);
        }
        pause(attempt);
      }
    }
  }

  private static void pause(int attempt) {
    try {
      Thread.sleep(100L << attempt);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
