/** Looks for differences between the copies of a tenant, and for rows where none should be. */
@NullMarked
package dev.domicile.migrator.verify;

import org.jspecify.annotations.NullMarked;
