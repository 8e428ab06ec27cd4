/**
 * The application's own schema over all realms, with Flyway.
 *
 * <p>{@link dev.domicile.router.flyway.ApplicationSchema} migrates and reports; {@link
 * dev.domicile.router.flyway.SchemaReport} names the realms that lag.
 */
@NullMarked
package dev.domicile.router.flyway;

import org.jspecify.annotations.NullMarked;
