package dev.domicile.migrator.state;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.MigrationState;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.Query;
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
          // Writers wait: what needs no answer goes in one message.
          query
              .batch(
                  setting(query, "statement_timeout", limit),
                  setting(query, "lock_timeout", limit),
                  store.event(query, seen.id(), seen.state(), next, detail))
              .execute();
          Migration changed = MigrationStore.change(query, seen, next, null, seen.routeEpoch() + 1);
          Route expected =
              new Route(seen.tenant(), from, Route.State.ACTIVE, seen.routeEpoch(), Instant.EPOCH);
          if (!new RouteTable(query).moveTo(expected, to)) {
            throw new WrongState(
                "the route of tenant '"
                    + seen.tenant()
                    + "' was changed since the migration was scheduled; roll back and schedule"
                    + " again");
          }
          asked.run();
          return changed;
        });
  }

  private static Query setting(DSLContext query, String name, Duration value) {
    return query.setLocal(DSL.name(name), DSL.val(value.toMillis()));
  }
}
