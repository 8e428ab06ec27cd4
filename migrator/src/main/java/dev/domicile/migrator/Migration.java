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
 * @param routeEpoch the epoch of the route when the migration was scheduled
 * @param windowStart when copying may start
 * @param windowEnd when the copy must be ready
 * @param error what stopped it last, or null
 * @param committedAt when the route flipped, or null
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
    boolean copies) {

  @Override
  public String toString() {
    return "migration " + id + " of tenant '" + tenant + "' from " + source + " to " + target;
  }
}
