package dev.domicile.router;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The tenant that this thread works for.
 *
 * <pre>{@code
 * try (TenantScope scope = TenantContext.open(tenant)) {
 *   // connections of the RoutingDataSource go to this tenant's realm
 * }
 * }</pre>
 *
 * <p>A scope binds one thread. Threads started inside it do not inherit it, because a pooled thread
 * would keep it; {@link #carry(Runnable)} takes it along on purpose.
 */
public final class TenantContext {
  private static final ThreadLocal<@Nullable TenantScope> CURRENT = new ThreadLocal<>();

  private TenantContext() {}

  /**
   * Opens a scope; the caller closes it on the same thread. A scope of the same tenant may be
   * opened inside another one and shares its route.
   *
   * @throws IllegalStateException if another tenant's scope is open on this thread
   */
  public static TenantScope open(TenantId tenant) {
    TenantScope outer = CURRENT.get();
    if (outer == null) {
      return bind(new PinnedRoute(tenant), null);
    }
    if (!outer.tenant().equals(tenant)) {
      throw new IllegalStateException(
          "tenant '"
              + outer.tenant()
              + "' is in scope; close its scope before opening one for '"
              + tenant
              + "'");
    }
    return bind(outer.pinned(), outer);
  }

  /** The tenant in scope, if there is one. */
  public static Optional<TenantId> tenant() {
    return Optional.ofNullable(CURRENT.get()).map(TenantScope::tenant);
  }

  /**
   * Takes the present scope along: the task runs for the same tenant and on the same route, on
   * whatever thread it runs.
   *
   * @throws NoTenantException if no tenant is in scope
   */
  public static Runnable carry(Runnable task) {
    PinnedRoute route = required().pinned();
    return () -> {
      TenantScope outer = current();
      rebind(route);
      try {
        task.run();
      } finally {
        unwind(outer);
      }
    };
  }

  /** Like {@link #carry(Runnable)}, for a task with a result. */
  public static <V extends @Nullable Object> Callable<V> carryCallable(Callable<V> task) {
    PinnedRoute route = required().pinned();
    return () -> {
      TenantScope outer = current();
      rebind(route);
      try {
        return task.call();
      } finally {
        unwind(outer);
      }
    };
  }

  static @Nullable TenantScope current() {
    return CURRENT.get();
  }

  static TenantScope required() {
    TenantScope scope = CURRENT.get();
    if (scope == null) {
      throw new NoTenantException();
    }
    return scope;
  }

  static boolean isCurrent(TenantScope scope) {
    return CURRENT.get() == scope;
  }

  static void restore(@Nullable TenantScope outer) {
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }

  /**
   * Ends the scopes that were opened inside the given one, so that a task which forgot to close its
   * own leaves no tenant on a pooled thread.
   */
  static void unwind(@Nullable TenantScope outer) {
    try {
      TenantScope scope = CURRENT.get();
      while (scope != null && scope != outer) {
        scope.close();
        scope = CURRENT.get();
      }
    } finally {
      restore(outer);
    }
  }

  /** A carried task may run on a thread that has a scope of its own, as caller-runs pools do. */
  static TenantScope rebind(PinnedRoute route) {
    return bind(route, CURRENT.get());
  }

  private static TenantScope bind(PinnedRoute route, @Nullable TenantScope outer) {
    TenantScope scope = new TenantScope(route, outer);
    CURRENT.set(scope);
    return scope;
  }
}
