/** Which rows belong to a tenant, in which order they move, and whether they may. */
@NullMarked
package dev.domicile.migrator.plan;

import org.jspecify.annotations.NullMarked;
