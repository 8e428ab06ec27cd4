/** What the catalogues of a realm database say. */
@NullMarked
package dev.domicile.migrator.schema;

import org.jspecify.annotations.NullMarked;
