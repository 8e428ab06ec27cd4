package dev.domicile.migrator;

import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One move of one tenant.
 *
 * @param id its number
 * @param tenant who moves
 * @param source the realm that the tenant leaves
 * @param target the realm that it goes to
 * @param state how far it is
 * @param epoch grows with each change of state
 * @param routeEpoch the epoch that the route must have when this migration changes it next
 * @param windowStart when copying may start
 * @param windowEnd when the copy must be ready
 * @param error what stopped it last, or null
 * @param committedAt when the route flipped, or null
 * @param openedAt when the target began to take the tenant's writes, or null
 * @param copies whether rows are copied; false if both realms rest in one database, so that only
 *     the route changes
 */
public record Migration(
    long id,
    TenantId tenant,
    Realm source,
    Realm target,
    MigrationState state,
    long epoch,
    long routeEpoch,
    Instant windowStart,
    Instant windowEnd,
    @Nullable String error,
    @Nullable Instant committedAt,
    @Nullable Instant openedAt,
    boolean copies) {

  /** Whether it is committed, and the last steps of that are missing. */
  public boolean needsFinish() {
    return copies && state == MigrationState.COMMITTED && openedAt == null;
  }

  /** Whether nothing is left to be done by itself: it is over, and its commit is finished. */
  public boolean settled() {
    return state.isOver() && !needsFinish();
  }

  @Override
  public String toString() {
    return "migration " + id + " of tenant '" + tenant + "' from " + source + " to " + target;
  }
}
