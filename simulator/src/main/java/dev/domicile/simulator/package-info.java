/**
 * A stand-in for Atlassian's realm migration service and product. It speaks the public protocol and
 * nothing else, so it rehearses migrations with any app in any language; it shares no code with the
 * rest of Domicile, so that one mistake cannot hide on both sides.
 */
@NullMarked
package dev.domicile.simulator;

import org.jspecify.annotations.NullMarked;
