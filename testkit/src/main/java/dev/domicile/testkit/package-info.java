/** Real Postgres servers and databases for tests, the demo and code generation. */
@NullMarked
package dev.domicile.testkit;

import org.jspecify.annotations.NullMarked;
