package dev.domicile.migrator;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        lags(List.of(migration)).get(migration),
        store.known().detail(migration, MigrationReport.PAUSE).orElse(null));
  }

  /** How much waits of those migrations whose tenants' writes are noted. */
  Map<Migration, ChangeLog.Lag> lags(List<Migration> migrations) {
    Map<Realm, List<Migration>> noted = new HashMap<>();
    for (Migration migration : migrations) {
      Realm home = noting(migration);
      if (home != null && migration.copies() && store.plan(migration).isPresent()) {
        noted.computeIfAbsent(home, realm -> new ArrayList<>()).add(migration);
      }
    }
    Map<Migration, ChangeLog.Lag> lags = new HashMap<>();
    noted.forEach(
        (home, those) -> {
          try (RealmSession session = Realms.open(config, home)) {
            those.forEach(one -> lag(session, one).ifPresent(lag -> lags.put(one, lag)));
          } catch (MigrationException e) {
            LOG.warn("The lag of {} cannot be read: {}", those, e.getMessage());
          }
        });
    return lags;
  }

  /** Empty if it cannot be read, which says nothing of others in the same realm. */
  private static Optional<ChangeLog.Lag> lag(RealmSession session, Migration migration) {
    try {
      return Optional.of(new ChangeLog(session, migration).lag());
    } catch (MigrationException e) {
      LOG.warn("The lag of {} cannot be read: {}", migration, e.getMessage());
      return Optional.empty();
    }
  }

  /** Where the tenant lives and its writes are noted, if anywhere. */
  private static @Nullable Realm noting(Migration migration) {
    return switch (migration.state()) {
      case COPYING, CATCHING_UP, READY_TO_COMMIT, COMMITTING, FAILED -> migration.source();
      case COMMITTED, RETURNING -> migration.target();
      case SCHEDULED, PURGED, ROLLING_BACK, ROLLED_BACK -> null;
    };
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
