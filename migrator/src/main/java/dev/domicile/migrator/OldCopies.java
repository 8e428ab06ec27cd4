package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Route;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** The copies that committed migrations have left at their sources, kept for the retention. */
final class OldCopies {
  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;
  private final MigrationRun run;

  OldCopies(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
    this.run = new MigrationRun(config, clock, store);
  }

  /** Purges those that are due, and takes away what earlier migrations may have left. */
  Migration purge(Route route, Migration newest, Progress.Listener listener) {
    OldFences fences = new OldFences(config, clock, store);
    store.known().over(route.tenant()).forEach(fences::lower);
    List<Migration> unpurged = store.known().unpurged(route.tenant());
    if (unpurged.isEmpty()) {
      if (newest.state() == MigrationState.ROLLED_BACK && newest.committedAt() != null) {
        // Its fence at the target was what was left.
        return newest;
      }
      if (newest.state() != MigrationState.PURGED) {
        throw new WrongState(
            newest.copies()
                ? newest + " is " + newest.state() + ", so there is no old copy; see its status"
                : newest + " copied nothing, so there is no old copy and nothing is purged");
      }
      return newest;
    }
    List<Migration> due = unpurged.stream().filter(this::isDue).toList();
    (due.isEmpty() ? unpurged : due).forEach(old -> requirePurgeable(old, route));
    Migration purged = newest;
    for (Migration old : due) {
      requireElsewhere(old, route);
      purged = run.purge(old, listener);
    }
    return purged;
  }

  /** By the databases, not by the realms' names: the home may share one with the old realm. */
  private void requireElsewhere(Migration old, Route route) {
    try (RealmSession source = Realms.open(config, old.source());
        RealmSession home = Realms.open(config, route.realm())) {
      if (OneDatabase.isReached(source, home)) {
        throw new WrongState(
            "tenant '"
                + route.tenant()
                + "' lives in "
                + route.realm()
                + ", which shares its database with "
                + old.source()
                + ", so the copy there is the live one and is never purged; check realms."
                + old.source()
                + ".url");
      }
    }
  }

  private boolean isDue(Migration migration) {
    return !clock.instant().isBefore(keptUntil(migration, config));
  }

  /** When the retention of a committed migration's old copy is over. */
  static Instant keptUntil(Migration migration, MigratorConfig config) {
    return Optional.ofNullable(migration.committedAt()).orElseThrow().plus(config.retention());
  }

  private void requirePurgeable(Migration migration, Route route) {
    if (route.realm().equals(migration.source())) {
      throw new WrongState(
          "the route of tenant '"
              + route.tenant()
              + "' points to "
              + route.realm()
              + ", so the copy there is the live one; it is never purged");
    }
    if (!isDue(migration)) {
      throw new WrongState(
          "the old copy of tenant '"
              + route.tenant()
              + "' in "
              + migration.source()
              + " is kept until "
              + keptUntil(migration, config)
              + "; shorten retention to purge it before");
    }
  }
}
