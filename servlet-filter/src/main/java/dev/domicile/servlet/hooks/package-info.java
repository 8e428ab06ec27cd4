/**
 * The hooks by which Atlassian's realm migration service moves a tenant: {@link
 * dev.domicile.servlet.hooks.HookServlet} answers them, {@link
 * dev.domicile.servlet.hooks.MigrationHooks} writes down what they ask for and does it.
 */
@NullMarked
package dev.domicile.servlet.hooks;

import org.jspecify.annotations.NullMarked;
