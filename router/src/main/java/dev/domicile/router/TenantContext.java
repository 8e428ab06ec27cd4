package dev.domicile.router;

import java.time.Duration;
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
 *
 * <p>A thread that holds an open connection of one tenant takes no scope of another: a transaction
 * that a framework has bound to the thread would go on in the wrong realm.
 */
public final class TenantContext {
  /** The innermost scope; or a closed one, if connections of it are still open. */
  private static final ThreadLocal<@Nullable TenantScope> CURRENT = new ThreadLocal<>();

  /** A task that runs again and again must not go on where its tenant lived long ago. */
  private static final Duration LONGEST_CARRIED = Duration.ofMinutes(5);

  private TenantContext() {}

  /**
   * Opens a scope; the caller closes it on the same thread. A scope of the same tenant may be
   * opened inside another one and shares its route.
   *
   * @throws IllegalStateException if another tenant's scope is open on this thread, or a connection
   *     of another tenant
   */
  public static TenantScope open(TenantId tenant) {
    TenantScope last = CURRENT.get();
    if (last != null && !last.isClosed() && !last.tenant().equals(tenant)) {
      throw new IllegalStateException(
          "tenant '"
              + last.tenant()
              + "' is in scope; close its scope before opening one for '"
              + tenant
              + "'");
    }
    return bind(last == null || last.isClosed() ? new PinnedRoute(tenant) : last.pinned());
  }

  /** The tenant in scope, if there is one. */
  public static Optional<TenantId> tenant() {
    return Optional.ofNullable(current()).map(TenantScope::tenant);
  }

  /**
   * Takes the present scope along: the task runs for the same tenant and on the same route, on
   * whatever thread it runs. A task that starts more than five minutes after the route was looked
   * up looks it up anew. It fails with an {@link IllegalStateException} on a thread that holds an
   * open connection of another tenant.
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

  /** The innermost open scope. */
  static @Nullable TenantScope current() {
    TenantScope scope = CURRENT.get();
    return scope == null || scope.isClosed() ? null : scope;
  }

  /** The tenant in scope, or the last one if connections of it are still open. */
  static @Nullable TenantId boundTo() {
    TenantScope last = CURRENT.get();
    return last == null ? null : last.tenant();
  }

  static boolean isCurrent(TenantScope scope) {
    return CURRENT.get() == scope;
  }

  static void leave(TenantScope closed, @Nullable TenantScope outer) {
    if (outer != null) {
      CURRENT.set(outer);
    } else if (!closed.hasOpenConnections()) {
      CURRENT.remove();
    }
  }

  /**
   * Ends the scopes that were opened inside the given one, so that a task which forgot to close its
   * own leaves no tenant on a pooled thread.
   */
  static void unwind(@Nullable TenantScope outer) {
    TenantScope scope = current();
    while (scope != null && scope != outer) {
      scope.close();
      scope = current();
    }
    if (outer != null) {
      CURRENT.set(outer);
    }
  }

  /** Leaves the thread without a tenant; an open connection still binds it to the last one. */
  static void suspend() {
    TenantScope last = CURRENT.get();
    if (last != null && last.hasOpenConnections()) {
      CURRENT.set(last.suspended());
    } else {
      CURRENT.remove();
    }
  }

  /** A carried task may run on a thread that has a scope of its own, as caller-runs pools do. */
  static TenantScope rebind(PinnedRoute route) {
    return bind(route.isOlderThan(LONGEST_CARRIED) ? new PinnedRoute(route.tenant()) : route);
  }

  static TenantScope required() {
    TenantScope scope = current();
    if (scope == null) {
      throw new NoTenantException();
    }
    return scope;
  }

  private static TenantScope bind(PinnedRoute route) {
    TenantScope last = CURRENT.get();
    if (last != null && !last.tenant().equals(route.tenant()) && last.hasOpenConnections()) {
      throw new IllegalStateException(
          "this thread holds an open connection of tenant '"
              + last.tenant()
              + "'; close it before working for tenant '"
              + route.tenant()
              + "'");
    }
    TenantScope scope = new TenantScope(route, last);
    CURRENT.set(scope);
    return scope;
  }
}
