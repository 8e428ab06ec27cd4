package dev.domicile.servlet;

import dev.domicile.router.RealmUnavailableException;
import dev.domicile.router.RouteUnavailableException;
import dev.domicile.router.TenantFrozenException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Errors after which the same request may be served in a moment: the router lends no connection
 * now, or the fence of a realm refuses a tenant that moves.
 */
final class Passing {
  private Passing() {}

  /** Whether one of them is the error, or what Spring, Hibernate or a driver has wrapped in it. */
  static boolean isCauseOf(Throwable error) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Throwable> open = new ArrayDeque<>();
    add(open, error);
    while (!open.isEmpty()) {
      Throwable next = open.remove();
      if (seen.add(next)) {
        if (isPassing(next)) {
          return true;
        }
        add(open, next.getCause());
        if (next instanceof SQLException sql) {
          add(open, sql.getNextException());
        }
      }
    }
    return false;
  }

  private static boolean isPassing(Throwable error) {
    return error instanceof TenantFrozenException
        || error instanceof RouteUnavailableException
        || error instanceof RealmUnavailableException
        || (error instanceof SQLException sql
            && TenantFrozenException.FENCED.equals(sql.getSQLState()));
  }

  private static void add(Deque<Throwable> open, @Nullable Throwable error) {
    if (error != null) {
      open.add(error);
    }
  }
}
