package dev.domicile.spring;

import dev.domicile.router.Realm;
import dev.domicile.servlet.BaseUrls;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the realm whose base URL an {@code installed} call came to: nothing else of the call
 * says where the tenant shall live, and Atlassian's library stores it on another thread.
 */
final class ArrivalFilter implements Filter {
  private static final Logger log = LoggerFactory.getLogger(ArrivalFilter.class);
  private static final int MISDIRECTED = 421;
  private static final ThreadLocal<@Nullable Realm> ARRIVAL = new ThreadLocal<>();

  private final BaseUrls baseUrls;

  ArrivalFilter(BaseUrls baseUrls) {
    this.baseUrls = baseUrls;
  }

  /** The realm that the call came to which this thread works for. */
  static Optional<Realm> arrival() {
    return Optional.ofNullable(ARRIVAL.get());
  }

  /** The task, for the same call on whatever thread it runs. */
  static Runnable carry(Runnable task) {
    Realm realm = ARRIVAL.get();
    return realm == null ? task : () -> at(realm, task);
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Optional<Realm> realm = baseUrls.arrival((HttpServletRequest) request);
    if (realm.isEmpty()) {
      log.error(
          "An installation is refused: the call came to '{}', which is no base URL of the app;"
              + " make the proxy pass the host on, or set domicile.connect.stack",
          request.getServerName());
      ((HttpServletResponse) response).sendError(MISDIRECTED);
      return;
    }
    ARRIVAL.set(realm.get());
    try {
      chain.doFilter(request, response);
    } finally {
      ARRIVAL.remove();
    }
  }

  private static void at(Realm realm, Runnable task) {
    ARRIVAL.set(realm);
    try {
      task.run();
    } finally {
      ARRIVAL.remove();
    }
  }
}
