/** Generates the jOOQ classes of module sql. */
@NullMarked
package dev.domicile.codegen;

import org.jspecify.annotations.NullMarked;
