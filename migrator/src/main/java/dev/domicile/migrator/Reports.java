package dev.domicile.migrator;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What migrations have done, from what the control database and the target know. */
final class Reports {
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);

  private final MigratorConfig config;
  private final MigrationStore store;

  Reports(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
  }

  MigrationReport report(Migration migration) {
    return new MigrationReport(
        migration,
        tables(migration),
        store.known().phases(migration),
        lag(migration),
        store.known().detail(migration, MigrationReport.PAUSE).orElse(null));
  }

  /** Where the tenant lives and its writes are noted, if anywhere. */
  ChangeLog.@Nullable Lag lag(Migration migration) {
    Realm home =
        switch (migration.state()) {
          case COPYING, CATCHING_UP, READY_TO_COMMIT, COMMITTING, FAILED -> migration.source();
          case COMMITTED, RETURNING -> migration.target();
          case SCHEDULED, PURGED, ROLLING_BACK, ROLLED_BACK -> null;
        };
    if (home == null || !migration.copies() || store.plan(migration).isEmpty()) {
      return null;
    }
    try (RealmSession session = Realms.open(config, home)) {
      return new ChangeLog(session, migration).lag();
    } catch (MigrationException e) {
      LOG.warn("The lag of {} cannot be read: {}", migration, e.getMessage());
      return null;
    }
  }

  private List<MigrationReport.Table> tables(Migration migration) {
    if (store.plan(migration).isEmpty()) {
      return List.of();
    }
    try (RealmSession target = Realms.open(config, migration.target())) {
      return Ledger.read(migration).checkpoints().tables(target);
    } catch (MigrationException e) {
      LOG.warn("The progress of {} cannot be read: {}", migration, e.getMessage());
      return List.of();
    }
  }
}
