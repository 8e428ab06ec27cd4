/** Rows move and go by chunk, with a checkpoint in each chunk's own transaction. */
@NullMarked
package dev.domicile.migrator.copy;

import org.jspecify.annotations.NullMarked;
