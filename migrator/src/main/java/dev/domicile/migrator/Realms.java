package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import java.util.TreeSet;

/** The configured realms. */
final class Realms {
  private Realms() {}

  /**
   * The realm's database.
   *
   * @throws InvalidRequest if the realm is not configured
   */
  static DatabaseConfig require(MigratorConfig config, Realm realm) {
    DatabaseConfig database = config.realms().get(realm);
    if (database == null) {
      throw new InvalidRequest(
          "realm "
              + realm
              + " is not configured; add realms."
              + realm
              + ", or choose one of "
              + new TreeSet<>(config.realms().keySet()));
    }
    return database;
  }

  /** A session to the realm's database. */
  static RealmSession open(MigratorConfig config, Realm realm) {
    return RealmSession.open("realms." + realm, require(config, realm));
  }

  /** The same to write rows of the migration's tenant: the migration's own fence lets it pass. */
  static RealmSession openToWrite(MigratorConfig config, Realm realm, Migration migration) {
    RealmSession session = open(config, realm);
    session.execute("SET domicile.migration = '" + migration.id() + "'");
    return session;
  }
}
