package dev.domicile.migrator.cutover;

import static dev.domicile.sql.realm.Tables.FENCE_TABLE;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.DomicileSchema;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Gate} on each of the tenant's tables.
 *
 * <p>Creating a trigger waits for the transactions that have written to its table, and whoever
 * writes later locks the table first and then sees the trigger, however old its snapshot is. So no
 * write goes unnoticed once the gates stand.
 */
public final class Gates {
  private static final Logger LOG = LoggerFactory.getLogger(Gates.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(3);

  // What a crash loses of these is raised again: all are on the disk once the last one of raise is.
  private static final String SOON =
      "SET LOCAL lock_timeout = 50; SET LOCAL synchronous_commit = off";

  // Enough that the way to the server does not count.
  private static final int TOGETHER = 25;

  // Dropping a trigger locks readers out too.
  private static final Duration SHORT = Duration.ofMillis(200);

  private final RealmSession session;
  private final Migration migration;
  private final Plan plan;
  private final Fence fence;

  /** The gates of one migration at one end, over a session outside any transaction. */
  public Gates(RealmSession session, Migration migration, Plan plan, Fence fence) {
    this.session = session;
    this.migration = migration;
    this.plan = plan;
    this.fence = fence;
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
          session.execute("CREATE SEQUENCE IF NOT EXISTS " + Gate.moves(migration));
          return true;
        });
    boolean logged = fence.slot().isPresent();
    // Those beside one that is in use need not wait for it.
    if (!raise(logged, TOGETHER) && !raise(logged, 1)) {
      LOG.debug("Some tables in {} are in use", session.name());
    }
    for (Gate gate : gates(standing -> !standing.stands() || !standing.remembered())) {
      take(gate.table(), () -> gate.raise(logged));
    }
    // A row may have become the tenant's before its gate stood. Who wrote below it and did not see
    // that yet is waited for; older snapshots are told apart from now on.
    session.transaction(
        () -> {
          fence.guard();
          FenceLock.MOVERS.take(session, migration);
          session.execute(
              "SELECT setval('%s', pg_current_xact_id()::text::bigint)"
                  .formatted(Gate.moves(migration)));
          return true;
        });
    new Lockers(session)
        .await(
            TableFiles.relations(
                session,
                plan.tables().stream()
                    .filter(table -> !table.path().parentPaths().isEmpty())
                    .map(TablePlan::name)));
    new ReadGates(session, migration, fence)
        .raise(TableFiles.relations(session, plan.tables().stream().map(TablePlan::name)));
  }

  /**
   * Makes sure that they stand, on partitions that were added too, and notes tables whose rows were
   * rewritten without a trigger firing.
   *
   * @throws WrongState if somebody took them down: what was written since is not known
   */
  public void requireStanding() {
    for (Gate gate : gates(standing -> !standing.asRemembered())) {
      TableName table = gate.table().name();
      take(
          gate.table(),
          () -> {
            gate.raiseAgainstTruncate();
            session.domicile(query -> ChangeLog.noteTable(query, migration, table));
            session.execute(TableFiles.rememberAnew(migration, table));
          });
    }
    List<Gate> gone = gates(standing -> !standing.stands());
    if (!gone.isEmpty()) {
      throw new WrongState(
          "triggers "
              + Gate.triggers(migration)
              + "..."
              + " on "
              + gone.get(0).table().name()
              + " are gone or switched off in "
              + session.name()
              + ", so that changes may have been missed; roll back and start again");
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
                + Gate.called("tgname", Gate.triggers(migration)),
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
                  + Gate.called("proname", Gate.functions(migration)),
              row -> row.getString(1))
          .forEach(session::execute);
      session.execute("DROP SEQUENCE IF EXISTS " + Gate.moves(migration));
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
                          .formatted(
                              Identifiers.literal(table),
                              Gate.called("tgname", Gate.triggers(migration))),
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

  /**
   * Raises those that were never raised, so many in one round trip, each in a transaction of its
   * own. It waits for no lock for long; returns whether none was in use.
   */
  private boolean raise(boolean logged, int together) {
    List<Gate> bare = gates(standing -> standing.bare() && !standing.remembered());
    boolean all = true;
    for (int i = 0; i < bare.size(); i += together) {
      all &= raise(bare.subList(i, Math.min(i + together, bare.size())), logged);
    }
    return all;
  }

  private boolean raise(List<Gate> gates, boolean logged) {
    try {
      session.transactions(
          gates.stream()
              .map(gate -> SOON + ";\n" + fence.guarding() + ";\n" + gate.raising(logged))
              .toList());
      return true;
    } catch (StatementFailed e) {
      if (!ShortLocks.isContention(e)) {
        throw fence.unlessTakenOver(e);
      }
      return false;
    }
  }

  /** The gates that a look at all of them finds so. */
  private List<Gate> gates(Predicate<Standing> which) {
    Set<TableName> found =
        Standing.look(session, migration, plan.tables()).stream()
            .filter(which)
            .map(Standing::table)
            .collect(Collectors.toSet());
    return IntStream.range(0, plan.tables().size())
        .filter(number -> found.contains(plan.tables().get(number).name()))
        .mapToObj(number -> new Gate(session, migration, plan, number))
        .toList();
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
}
