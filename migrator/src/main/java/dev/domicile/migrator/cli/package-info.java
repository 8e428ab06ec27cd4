/** The command line. */
@NullMarked
package dev.domicile.migrator.cli;

import org.jspecify.annotations.NullMarked;
