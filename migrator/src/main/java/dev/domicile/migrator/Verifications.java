package dev.domicile.migrator;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.migrator.verify.CopyVerification;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.TenantId;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Looks at a tenant's rows in all realms, whatever is or is not being moved. */
final class Verifications {
  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;

  Verifications(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
  }

  /** Compares the copies of the newest migration, if there are two, and looks into all realms. */
  Verification verify(Route route, int limit, Progress.Listener listener) {
    Optional<CopyComparison> copies =
        store.known().newest(route.tenant()).flatMap(newest -> compare(newest, limit, listener));
    return new Verification(
        route.tenant(),
        route.realm(),
        copies.orElse(null),
        new Residency(config, clock).check(route.tenant(), route.realm(), copies(route)));
  }

  private Optional<CopyComparison> compare(
      Migration migration, int limit, Progress.Listener listener) {
    Optional<Plan> plan = store.plan(migration).map(Plan::fromJson);
    if (plan.isEmpty() || !hasTwoCopies(migration)) {
      return Optional.empty();
    }
    try (RealmSession target = Realms.open(config, migration.target())) {
      if (Ledger.read(migration).copied(target).isEmpty()) {
        return Optional.empty();
      }
      try (Workers workers =
          new Workers(
              config.copy().jobs(),
              () -> Realms.open(config, migration.source()),
              () -> Realms.open(config, migration.target()))) {
        return Optional.of(
            new CopyVerification(migration, plan.get(), limit, listener).run(target, workers));
      }
    }
  }

  private static boolean hasTwoCopies(Migration migration) {
    return migration.copies()
        && migration.state() != MigrationState.PURGED
        && migration.state() != MigrationState.ROLLING_BACK
        && migration.state() != MigrationState.ROLLED_BACK;
  }

  /** Where copies may be that migrations made or left, and why. */
  private Map<Realm, String> copies(Route route) {
    Map<Realm, String> notes = new HashMap<>();
    TenantId tenant = route.tenant();
    for (Migration left : store.known().unpurged(tenant)) {
      notes.put(
          left.source(),
          "left by the move to "
              + left.target()
              + ", kept until "
              + OldCopies.keptUntil(left, config));
    }
    store
        .known()
        .newest(tenant)
        .filter(migration -> !migration.state().isOver() && migration.copies())
        .ifPresent(
            moving -> {
              Realm other =
                  moving.target().equals(route.realm()) ? moving.source() : moving.target();
              notes.put(other, "of a move that is " + moving.state());
            });
    return notes;
  }
}
