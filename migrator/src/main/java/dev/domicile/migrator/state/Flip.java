package dev.domicile.migrator.state;

import static dev.domicile.sql.control.Tables.MIGRATION;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.MigrationState;
import dev.domicile.router.Realm;
import dev.domicile.router.RouteTable;
import java.time.Duration;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Changes a tenant's route and its migration's state in one transaction (promise P5). */
public final class Flip {
  private final DSLContext control;
  private final MigrationStore store;

  Flip(DSLContext control, MigrationStore store) {
    this.control = control;
    this.store = store;
  }

  /**
   * Commits: flips the route and changes the state in one transaction (promise P5).
   *
   * @param limit how long a statement of it may take
   * @param asked run right before the transaction is committed; if it was not, nothing has changed
   * @throws WrongState if the route is no longer the one that the migration expects
   */
  public Migration forth(
      Migration seen, Map<String, Object> detail, Duration limit, Runnable asked) {
    return flip(seen, MigrationState.COMMITTED, seen.source(), seen.target(), detail, limit, asked);
  }

  /** Flips the route back to the source, in the same way; the copy is still to be deleted. */
  public Migration back(
      Migration seen, Map<String, Object> detail, Duration limit, Runnable asked) {
    return flip(
        seen, MigrationState.ROLLING_BACK, seen.target(), seen.source(), detail, limit, asked);
  }

  private Migration flip(
      Migration seen,
      MigrationState next,
      Realm from,
      Realm to,
      Map<String, Object> detail,
      Duration limit,
      Runnable asked) {
    return control.transactionResult(
        transaction -> {
          DSLContext query = transaction.dsl();
          query
              .select(setting("statement_timeout", limit), setting("lock_timeout", limit))
              .fetchSingle();
          Migration changed = store.advance(query, seen, next, null, detail);
          RouteTable routes = new RouteTable(query);
          boolean flipped =
              routes
                  .find(seen.tenant())
                  .filter(route -> route.epoch() == seen.routeEpoch())
                  .filter(route -> route.realm().equals(from))
                  .filter(route -> routes.moveTo(route, to))
                  .isPresent();
          if (!flipped) {
            throw new WrongState(
                "the route of tenant '"
                    + seen.tenant()
                    + "' was changed since the migration was scheduled; roll back and schedule"
                    + " again");
          }
          query
              .update(MIGRATION)
              .set(MIGRATION.ROUTE_EPOCH, seen.routeEpoch() + 1)
              .where(MIGRATION.ID.eq(seen.id()))
              .execute();
          asked.run();
          return changed;
        });
  }

  private static Field<String> setting(String name, Duration value) {
    return DSL.field(
        "set_config({0}, {1}, true)",
        String.class, DSL.val(name), DSL.val(String.valueOf(value.toMillis())));
  }
}
