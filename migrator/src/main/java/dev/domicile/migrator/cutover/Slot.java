package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.session.Pause;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replication slot by which the notes of one migration come at the end that the tenant leaves,
 * and its publication. That one holds no table: what the log says of rows does not tell whose they
 * are once they are gone, the gates do. So the server sends their messages alone, and nothing of
 * other tenants.
 *
 * <p>A slot holds the server's log back. The fence's row names it before there is one and until it
 * is gone, so that none is left behind unknown.
 */
public final class Slot {
  private static final Logger LOG = LoggerFactory.getLogger(Slot.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PAUSE_MILLIS = 20;
  private static final String IN_USE = "55006";
  private static final String GIVEN_UP = "57014";
  private static final String IS_GONE = "42704";

  private final RealmSession session;
  private final Migration migration;
  private final Fence fence;

  /** The slot of one migration, over a session outside any transaction. */
  public Slot(RealmSession session, Migration migration, Fence fence) {
    this.session = session;
    this.migration = migration;
    this.fence = fence;
  }

  /** Why there can be none in that database; nothing if there can. */
  public static List<String> obstacles(RealmSession session) {
    List<String> found = new ArrayList<>();
    check(
        found,
        session,
        "current_setting('wal_level') = 'logical'",
        "wal_level is not logical (set it and restart the server)");
    check(
        found,
        session,
        """
        EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolreplication)
                OR rolname = 'rds_replication' AND pg_has_role(oid, 'MEMBER'))
        """,
        "the role may not replicate (ALTER ROLE ... REPLICATION)");
    check(
        found,
        session,
        "has_database_privilege(current_database(), 'CREATE')",
        "the role may not create a publication (GRANT CREATE ON DATABASE)");
    check(
        found,
        session,
        """
        NOT EXISTS (SELECT FROM pg_proc WHERE proname = 'pg_logical_emit_message'
                    AND pronamespace = 'pg_catalog'::regnamespace
                    AND NOT has_function_privilege(oid, 'EXECUTE'))
        """,
        "the role may not call pg_logical_emit_message");
    check(
        found,
        session,
        "(SELECT count(*) FROM pg_replication_slots) <"
            + " current_setting('max_replication_slots')::int",
        "all max_replication_slots are in use (raise it, or drop a slot that nobody reads)");
    check(
        found,
        session,
        "(SELECT count(*) FROM pg_stat_replication) < current_setting('max_wal_senders')::int",
        "all max_wal_senders are in use (raise it)");
    return found;
  }

  private static void check(
      List<String> found, RealmSession session, String condition, String obstacle) {
    if (!session.test("SELECT " + condition)) {
      found.add(obstacle);
    }
  }

  /** Whether that server bounds what a slot that nobody reads may hold back. */
  public static boolean isBounded(RealmSession session) {
    return session.test("SELECT current_setting('max_slot_wal_keep_size') <> '-1'");
  }

  /**
   * Creates it, before the first gate is raised: from then on nothing is missed.
   *
   * @throws CutoverTimedOut if transactions in flight on that server do not end in time
   */
  public void create() {
    drop();
    // Slots are known by name to all databases of a server.
    String name =
        "domicile_"
            + migration.id()
            + "_"
            + session.number("SELECT oid FROM pg_database WHERE datname = current_database()");
    fence.noteBy(name);
    session.execute("CREATE PUBLICATION " + publication());
    try {
      session.transaction(
          () -> {
            session.limit(PATIENCE);
            session.query(
                "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')"
                    .formatted(Identifiers.literal(name)),
                row -> row.getString(1));
            return true;
          });
    } catch (StatementFailed e) {
      if (!e.sqlState().equals(GIVEN_UP)) {
        throw e;
      }
      throw new CutoverTimedOut(
          "a replication slot in "
              + session.name()
              + " waits for long transactions; end them and try again",
          e);
    }
    // A slot cannot be created in a transaction that holds the fence.
    try {
      requireOurs();
    } catch (TakenOver e) {
      if (fence.state().filter(state -> state == State.LOWERED).isPresent()) {
        remove(name);
      }
      throw e;
    }
  }

  /**
   * Makes sure that nobody has taken the fence over.
   *
   * @throws TakenOver if somebody has
   */
  void requireOurs() {
    session.transaction(
        () -> {
          fence.guard();
          return true;
        });
  }

  /**
   * Makes sure that it has missed nothing, if the migration has one.
   *
   * @throws WrongState if it is gone or has lost changes
   */
  public void requireUsable() {
    fence.slot().ifPresent(this::requireUsable);
  }

  private void requireUsable(String name) {
    String status = status(name).orElse("gone");
    if (status.equals("gone") || status.equals("lost")) {
      throw new WrongState(
          "the replication slot "
              + name
              + " in "
              + session.name()
              + " is "
              + status
              + ", so that changes may have been missed; roll back and start again"
              + (status.equals("lost") ? " with a larger max_slot_wal_keep_size" : ""));
    }
  }

  private Optional<String> status(String name) {
    return session.first(
        "SELECT coalesce(wal_status, '') FROM pg_replication_slots WHERE " + named(name),
        row -> row.getString(1));
  }

  /** Ends the connection of whoever reads it; only one can. */
  void release(String name) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    String terminate =
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active AND "
            + named(name);
    while (!session.query(terminate, row -> row.getBoolean(1)).isEmpty()
        && System.nanoTime() < end) {
      Pause.ofMillis(PAUSE_MILLIS);
    }
  }

  /** Drops it, if the migration has one. */
  public void drop() {
    fence
        .slot()
        .ifPresent(
            name -> {
              remove(name);
              fence.noteBy(null);
            });
  }

  private void remove(String name) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (status(name).isPresent()) {
      release(name);
      try {
        session.query(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE "
                + named(name),
            row -> row.getString(1));
      } catch (StatementFailed e) {
        if (!e.sqlState().equals(IS_GONE)
            && (!e.sqlState().equals(IN_USE) || System.nanoTime() > end)) {
          throw e;
        }
        Pause.ofMillis(PAUSE_MILLIS);
      }
    }
    session.execute("DROP PUBLICATION IF EXISTS " + publication());
  }

  /** Drops those in the database that no fence names: a process died or was taken over there. */
  public static void dropUnknown(RealmSession session) {
    session
        .query(
            """
            SELECT slot_name, pg_drop_replication_slot(slot_name) FROM pg_replication_slots
            WHERE database = current_database() AND slot_name ~ '^domicile_[0-9]+_[0-9]+$' AND NOT active
              AND NOT EXISTS (SELECT FROM domicile.fence WHERE slot = slot_name)
            """,
            row -> row.getString(1))
        .forEach(name -> LOG.warn("{} has left the replication slot {}", session.name(), name));
  }

  /**
   * Its name.
   *
   * @throws WrongState if the migration has none
   */
  String name() {
    return fence
        .slot()
        .orElseThrow(
            () -> new WrongState(migration + " has no replication slot in " + session.name()));
  }

  String publication() {
    return "domicile_" + migration.id();
  }

  private static String named(String name) {
    return "database = current_database() AND slot_name = " + Identifiers.literal(name);
  }
}
