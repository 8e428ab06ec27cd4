/** The fence, the comparison of both ends, and the last catching up. */
@NullMarked
package dev.domicile.migrator.cutover;

import org.jspecify.annotations.NullMarked;
