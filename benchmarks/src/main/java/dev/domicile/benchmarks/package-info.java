/**
 * What routing costs over a plain pool, what a move costs over a plain COPY, when nodes see a
 * changed route, and what an outage costs.
 *
 * <p>{@link dev.domicile.benchmarks.Benchmarks} is the command line. JMH measures; its rounds are
 * run in turn, one side after the other, so that a slow minute of the machine hits all sides.
 */
@NullMarked
package dev.domicile.benchmarks;

import org.jspecify.annotations.NullMarked;
