package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Whether two realms rest in one database, as EU and DE often do. Between them nothing is copied;
 * and what looks like an old copy there is the only one, so nothing is ever deleted.
 *
 * <p>The configuration says what is meant. What the sessions reach says what is so: one database
 * has many addresses, and realms are split and merged while migrations are under way.
 */
final class OneDatabase {
  private OneDatabase() {}

  /** Whether the configuration gives both realms the same address. */
  static boolean isConfigured(MigratorConfig config, Realm one, Realm other) {
    return Realms.require(config, one).address().equals(Realms.require(config, other).address());
  }

  /** Whether both sessions are in one database, whatever their addresses: a lock of one is held. */
  static boolean isReached(RealmSession one, RealmSession other) {
    long key = ThreadLocalRandom.current().nextLong();
    return one.transaction(
        () -> {
          one.execute("SELECT pg_advisory_xact_lock(" + key + ")");
          return !other.test("SELECT pg_try_advisory_xact_lock(" + key + ")");
        });
  }

  /**
   * Makes sure that a migration that copies does so between two databases: undoing it in one would
   * delete the only copy.
   *
   * @throws WrongState if both sessions reach one database
   */
  static void requireTwo(Migration migration, RealmSession source, RealmSession target) {
    if (isReached(source, target)) {
      throw new WrongState(
          migration
              + " was scheduled as a copy, and both realms reach one database now; nothing is"
              + " deleted there. Point realms."
              + migration.target()
              + ".url back to where it was");
    }
  }

  /**
   * Makes sure that a migration that copies nothing has nothing to copy.
   *
   * @throws WrongState if the realms rest in two databases
   */
  static void requireOne(MigratorConfig config, Migration migration) {
    if (migration.source().equals(migration.target())) {
      return;
    }
    try (RealmSession source = Realms.open(config, migration.source());
        RealmSession target = Realms.open(config, migration.target())) {
      if (!isReached(source, target)) {
        throw new WrongState(
            migration
                + " was scheduled while both realms had one database, and now they have two; roll"
                + " back and schedule again");
      }
    }
  }
}
