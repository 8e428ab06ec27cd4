package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.state.MigrationStore;
import java.util.Map;

/**
 * A migration between realms that rest in one database: it goes through all states, copies nothing,
 * fences nothing and changes the route alone. Both realms' nodes write to one database throughout,
 * so that it makes no difference which of them has heard of the change.
 */
final class RouteOnly {
  private final MigratorConfig config;
  private final MigrationStore store;

  RouteOnly(MigratorConfig config, MigrationStore store) {
    this.config = config;
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
      return store.flip(committing, Map.of("rows", 0));
    } catch (WrongState e) {
      String message = String.valueOf(e.getMessage());
      store.advance(committing, MigrationState.READY_TO_COMMIT, message, Map.of("error", message));
      throw e;
    }
  }

  private Migration advance(Migration seen, MigrationState next) {
    return store.advance(seen, next, null, Map.of());
  }
}
