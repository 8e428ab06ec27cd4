/**
 * Authenticates the requests of Atlassian products and serves each in the scope of its tenant.
 *
 * <p>{@link dev.domicile.servlet.TenantFilter} stands before the application's servlets. It asks
 * {@link dev.domicile.servlet.ConnectAuthenticator} whose request it is, which looks up the
 * tenant's {@link dev.domicile.servlet.SharedSecrets shared secret} and checks the signed token,
 * and then opens the tenant's scope, or refuses.
 */
@NullMarked
package dev.domicile.servlet;

import org.jspecify.annotations.NullMarked;
