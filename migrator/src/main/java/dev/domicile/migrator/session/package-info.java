/** Connections to realm databases, with known settings and errors that hold no row contents. */
@NullMarked
package dev.domicile.migrator.session;

import org.jspecify.annotations.NullMarked;
