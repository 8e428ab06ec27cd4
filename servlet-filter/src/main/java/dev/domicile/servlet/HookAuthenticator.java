package dev.domicile.servlet;

/**
 * Finds out for which tenant the realm migration service calls a hook. Connect signs hooks with the
 * tenant's secret ({@link ConnectAuthenticator#forHooks()}), Forge with a key of its own ({@link
 * ForgeAuthenticator}); what the hooks do is the same.
 */
@FunctionalInterface
public interface HookAuthenticator {

  /** Whose call it is. No exception leaves it because of what a request holds. */
  Authentication authenticate(ConnectRequest request);
}
