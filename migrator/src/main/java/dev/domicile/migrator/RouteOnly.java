package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.state.MigrationStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;

/**
 * A migration between realms that rest in one database: it goes through all states, copies nothing,
 * fences nothing and changes the route alone. Both realms' nodes write to one database throughout,
 * so that it makes no difference which of them has heard of the change.
 */
final class RouteOnly {
  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;

  RouteOnly(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
  }

  Migration prepare(Migration seen) {
    OneDatabase.requireOne(config, seen);
    Migration copying = advance(seen, MigrationState.COPYING);
    return advance(advance(copying, MigrationState.CATCHING_UP), MigrationState.READY_TO_COMMIT);
  }

  Migration commit(Migration seen) {
    OneDatabase.requireOne(config, seen);
    Migration committing = advance(seen, MigrationState.COMMITTING);
    try {
      return store
          .flip()
          .forth(committing, Map.of("rows", 0), config.cutover().pauseBudget(), () -> {});
    } catch (WrongState e) {
      String message = String.valueOf(e.getMessage());
      store.advance(committing, MigrationState.READY_TO_COMMIT, message, Map.of("error", message));
      throw e;
    }
  }

  /** Changes the route back, within the soak. */
  Migration takeBack(Migration seen) {
    OneDatabase.requireOne(config, seen);
    Instant committedAt = Objects.requireNonNull(seen.committedAt(), "it is committed");
    if (!clock.instant().isBefore(committedAt.plus(config.cutover().soak()))) {
      throw new WrongState(
          seen + " is committed and final, since the time in which it could be taken back is over");
    }
    Migration returning = advance(seen, MigrationState.RETURNING);
    try {
      return store.flip().back(returning, Map.of(), config.cutover().pauseBudget(), () -> {});
    } catch (WrongState e) {
      String message = String.valueOf(e.getMessage());
      store.advance(returning, MigrationState.COMMITTED, message, Map.of("error", message));
      throw e;
    }
  }

  private Migration advance(Migration seen, MigrationState next) {
    return store.advance(seen, next, null, Map.of());
  }
}
