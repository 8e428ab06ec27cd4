/** A Connect app in two realms on one machine, and a tenant that moves from one to the other. */
@NullMarked
package dev.domicile.demo;

import org.jspecify.annotations.NullMarked;
