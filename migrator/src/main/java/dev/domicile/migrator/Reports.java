package dev.domicile.migrator;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import java.util.List;
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
    return new MigrationReport(migration, tables(migration), store.phases(migration));
  }

  private List<MigrationReport.Table> tables(Migration migration) {
    if (store.plan(migration).isEmpty()) {
      return List.of();
    }
    try (RealmSession target = Realms.open(config, migration.target())) {
      return Ledger.read(migration).tables(target);
    } catch (MigrationException e) {
      LOG.warn("The progress of {} cannot be read: {}", migration, e.getMessage());
      return List.of();
    }
  }
}
