/**
 * Moves one tenant from the database of its realm to that of another.
 *
 * <p>{@link dev.domicile.migrator.Migrator} is the way in. The packages below are its parts and not
 * meant for callers: {@code schema} reads the catalogues, {@code plan} decides what moves, {@code
 * copy} moves and removes rows by chunk, {@code cutover} fences, compares and catches up, {@code
 * state} keeps migrations in the control database, {@code session} talks to realm databases, {@code
 * cli} is the command line.
 */
@NullMarked
package dev.domicile.migrator;

import org.jspecify.annotations.NullMarked;
