/** Migrations as durable state machines in the control database. */
@NullMarked
package dev.domicile.migrator.state;

import org.jspecify.annotations.NullMarked;
