package dev.domicile.router;

/** A connection was asked for outside any tenant's scope: an error of the program. */
public final class NoTenantException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  NoTenantException() {
    super("no tenant is in scope; open one with TenantContext.open(tenant)");
  }
}
