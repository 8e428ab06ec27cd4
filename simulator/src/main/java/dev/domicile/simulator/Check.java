package dev.domicile.simulator;

/**
 * One look at a rule.
 *
 * @param detail what was seen
 */
record Check(Rule rule, boolean passed, String detail) {}
