package dev.domicile.router;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Takes the present scope along wherever Micrometer's context propagation does: its executors, and
 * the libraries that build on it, such as Spring and Reactor. They find it through the service
 * loader; an application has no reason to call it.
 *
 * <p>What is taken along is the route of the scope, as by {@link TenantContext#carry(Runnable)}: it
 * outlives the scope and stays the same.
 */
public final class TenantThreadLocalAccessor implements ThreadLocalAccessor<TenantScope> {
  /** Under which key a snapshot or a context holds the scope. */
  public static final String KEY = "dev.domicile.scope";

  /** For the service loader. */
  public TenantThreadLocalAccessor() {}

  @Override
  public Object key() {
    return KEY;
  }

  @Override
  public @Nullable TenantScope getValue() {
    return TenantContext.current();
  }

  @Override
  public void setValue(TenantScope carried) {
    var unused = TenantContext.rebind(carried.pinned());
  }

  /** Leaves the thread without a tenant until it is restored. */
  @Override
  public void setValue() {
    TenantContext.suspend();
  }

  /** The very scope that was there before, since only that one can be closed by its owner. */
  @Override
  public void restore(TenantScope previous) {
    TenantContext.unwind(previous);
  }

  @Override
  public void restore() {
    TenantContext.unwind(null);
  }
}
