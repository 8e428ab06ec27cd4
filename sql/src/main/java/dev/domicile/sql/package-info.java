/** The schemas of Domicile: how they are applied, and how names are quoted. */
@NullMarked
package dev.domicile.sql;

import org.jspecify.annotations.NullMarked;
