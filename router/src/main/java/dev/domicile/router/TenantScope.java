package dev.domicile.router;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The span in which a thread works for one tenant. Closing it twice does nothing. */
public final class TenantScope implements AutoCloseable {
  private final PinnedRoute pinned;
  private final @Nullable TenantScope outer;

  /** The connections that were lent to this thread for this tenant, in earlier scopes too. */
  private final List<Connection> lent;

  private boolean closed;

  /**
   * A scope.
   *
   * @param last the scope that this thread had last, if it is open or connections of it are
   */
  TenantScope(PinnedRoute pinned, @Nullable TenantScope last) {
    this.pinned = pinned;
    this.outer = last == null || last.closed ? null : last;
    this.lent =
        last != null && last.tenant().equals(pinned.tenant()) ? last.lent : new ArrayList<>(1);
  }

  /** A closed scope that remembers the connections of this one. */
  TenantScope suspended() {
    TenantScope view = new TenantScope(pinned, this);
    view.closed = true;
    return view;
  }

  /** The tenant of this scope. */
  public TenantId tenant() {
    return pinned.tenant();
  }

  PinnedRoute pinned() {
    return pinned;
  }

  boolean isClosed() {
    return closed;
  }

  /** Notes a connection that was lent in this scope. */
  void opened(Connection connection) {
    hasOpenConnections();
    lent.add(connection);
  }

  /** Whether a connection that was lent in this scope is still open. */
  boolean hasOpenConnections() {
    // From the end, and no removeIf: there is nearly always one, and this is on the path of each
    // loan.
    for (int i = lent.size() - 1; i >= 0; i--) {
      if (isClosed(lent.get(i))) {
        lent.remove(i);
      }
    }
    return !lent.isEmpty();
  }

  /**
   * Ends the span. Connections that are still open stay so; until they are closed, the thread takes
   * no scope of another tenant.
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
    if (outer != null && outer.lent != lent && hasOpenConnections()) {
      outer.lent.addAll(lent);
    }
    TenantContext.leave(this, outer);
  }

  private static boolean isClosed(Connection connection) {
    try {
      return connection.isClosed() || connection.unwrap(RealmConnection.class).isClosed();
    } catch (SQLException e) {
      return true;
    }
  }
}
