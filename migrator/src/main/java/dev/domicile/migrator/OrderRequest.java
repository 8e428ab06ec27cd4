package dev.domicile.migrator;

import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for when a migration is ordered.
 *
 * @param tenant who is to move
 * @param target where to; the tenant's own realm too, since who orders may not know that it lives
 *     there already
 * @param windowStart when copying may start
 * @param windowEnd when the copy must be ready
 * @param externalId how the orderer calls it, or null
 */
public record OrderRequest(
    TenantId tenant,
    Realm target,
    Instant windowStart,
    Instant windowEnd,
    @Nullable Long externalId) {}
