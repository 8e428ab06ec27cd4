package dev.domicile.router;

import org.jspecify.annotations.Nullable;

/** The span in which a thread works for one tenant. Closing it twice does nothing. */
public final class TenantScope implements AutoCloseable {
  private final PinnedRoute pinned;
  private final @Nullable TenantScope outer;
  private boolean closed;

  TenantScope(PinnedRoute pinned, @Nullable TenantScope outer) {
    this.pinned = pinned;
    this.outer = outer;
  }

  /** The tenant of this scope. */
  public TenantId tenant() {
    return pinned.tenant();
  }

  PinnedRoute pinned() {
    return pinned;
  }

  /**
   * Ends the span.
   *
   * @throws IllegalStateException if it is not this thread's innermost scope
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (!TenantContext.isCurrent(this)) {
      throw new IllegalStateException(
          "the scope of tenant '"
              + tenant()
              + "' is not this thread's innermost one; close it where it was opened");
    }
    closed = true;
    TenantContext.restore(outer);
  }
}
