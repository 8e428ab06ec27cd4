/**
 * Resolves a tenant to the database of its realm.
 *
 * <p>{@link dev.domicile.router.Router} ties the parts together: {@link
 * dev.domicile.router.RouteTable} reads and moves routes, a cache stands before it, {@link
 * dev.domicile.router.TenantContext} says whose work a thread does, and {@link
 * dev.domicile.router.RoutingDataSource} hands out connections to that tenant's realm database, or
 * refuses.
 */
@NullMarked
package dev.domicile.router;

import org.jspecify.annotations.NullMarked;
