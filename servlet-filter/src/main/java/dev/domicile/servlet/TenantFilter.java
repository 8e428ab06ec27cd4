package dev.domicile.servlet;

import dev.domicile.router.Route;
import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.router.TenantScope;
import dev.domicile.router.UnknownTenantException;
import dev.domicile.servlet.Authentication.Authenticated;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.Authentication.Refused;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves each request in the scope of the tenant whose product signed it, or refuses (promise P6).
 *
 * <table>
 * <caption>Answers of the filter itself, all {@code application/problem+json}</caption>
 * <tr><td>401</td><td>not signed, or not as it must be; why is only in the log</td></tr>
 * <tr><td>307</td><td>the tenant lives in another realm than that of this stack, which is where
 *     {@code Location} points; only by {@link OtherStack#REDIRECT}</td></tr>
 * <tr><td>403</td><td>signed, but the tenant has no route</td></tr>
 * <tr><td>421</td><td>the tenant lives in a realm that is not configured on this node, or by
 *     {@link OtherStack#REFUSE} in another one than that of this stack: another node may serve the
 *     same request</td></tr>
 * <tr><td>503</td><td>the tenant is frozen for a cutover, its realm refuses its writes since it
 *     moves or has moved (SQLSTATE {@code DM001}), its realm's database gives no connection, or the
 *     control database does not answer and the tenant is not cached; with {@code
 *     Retry-After}</td></tr>
 * </table>
 *
 * <p>Register it for all paths and all dispatcher types, with support for asynchronous requests.
 * Within a request that was authenticated, a forward, an error page and an asynchronous dispatch
 * run in the scope of the same tenant and are not authenticated again: their path is not the one
 * that was signed. A thread that the application starts itself takes the scope along by {@link
 * TenantContext#carry(Runnable)}. An error page of a request without a tenant runs without one.
 */
public final class TenantFilter implements Filter {
  /** The request attribute with the {@link TenantId} whose request it is. */
  public static final String TENANT_ATTRIBUTE = "dev.domicile.tenant";

  /** The request attribute with the account of the user, a text; absent if the token names none. */
  public static final String ACCOUNT_ATTRIBUTE = "dev.domicile.account";

  private static final Logger log = LoggerFactory.getLogger(TenantFilter.class);

  /** Apart from the public attribute, which the application might set. */
  private static final String ADMITTED_ATTRIBUTE = TenantFilter.class.getName() + ".admitted";

  private final Router router;
  private final ConnectAuthenticator authenticator;
  private final PathSet openPaths;
  private final String appKey;
  private final @Nullable StackGuard guard;

  /**
   * A filter for the app that the authenticator is configured for, which serves each tenant
   * wherever its request arrives.
   */
  public TenantFilter(Router router, ConnectAuthenticator authenticator) {
    this(router, authenticator, null);
  }

  /**
   * A filter for the app that the authenticator is configured for.
   *
   * @param baseUrls which stack is whose
   * @param otherStack what becomes of a request that arrives at the stack of another realm than the
   *     tenant's route says, or at none
   */
  public TenantFilter(
      Router router, ConnectAuthenticator authenticator, BaseUrls baseUrls, OtherStack otherStack) {
    this(
        router,
        authenticator,
        otherStack == OtherStack.SERVE
            ? null
            : new StackGuard(baseUrls, otherStack, authenticator.config().basePath()));
  }

  private TenantFilter(
      Router router, ConnectAuthenticator authenticator, @Nullable StackGuard guard) {
    this.guard = guard;
    this.router = router;
    this.authenticator = authenticator;
    this.openPaths = new PathSet(authenticator.config().openPaths());
    this.appKey = authenticator.config().appKey();
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest http)
        || !(response instanceof HttpServletResponse answer)) {
      throw new ServletException("only an HTTP request has a tenant");
    }
    if (http.getDispatcherType() == DispatcherType.REQUEST) {
      first(http, answer, chain);
    } else {
      again(http, answer, chain);
    }
  }

  private void first(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (openPaths.contains(ConnectRequest.path(request))) {
      chain.doFilter(request, response);
      return;
    }
    ConnectRequest received = ConnectRequest.of(request);
    Authentication outcome = authenticator.authenticate(received);
    if (outcome instanceof Authenticated caller) {
      if (!mayServe(caller.tenant(), request, response)) {
        return;
      }
      request.setAttribute(TENANT_ATTRIBUTE, caller.tenant());
      request.setAttribute(ACCOUNT_ATTRIBUTE, caller.accountId());
      request.setAttribute(ADMITTED_ATTRIBUTE, new Admitted(caller.tenant()));
      serve(caller.tenant(), request, response, chain);
    } else if (outcome instanceof Refused refused) {
      log.info("{} is refused: {}", received, refused.reason());
      problem(refused.reason()).answer(response, appKey);
    }
  }

  private void again(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request.getAttribute(ADMITTED_ATTRIBUTE) instanceof Admitted admitted) {
      serve(admitted.tenant(), request, response, chain);
    } else if (request.getDispatcherType() == DispatcherType.ERROR
        || openPaths.contains(ConnectRequest.path(request))) {
      chain.doFilter(request, response);
    } else {
      log.warn("A request is refused: it was passed on from an open path to one that is not");
      Problem.UNAUTHORIZED.answer(response, appKey);
    }
  }

  /**
   * Serves the request; where the application lets an error through that says to try again in a
   * moment, so does the answer.
   */
  private void serve(
      TenantId tenant, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    try (TenantScope scope = TenantContext.open(tenant)) {
      chain.doFilter(request, response);
    } catch (IOException | ServletException | RuntimeException e) {
      if (response.isCommitted() || !Passing.isCauseOf(e)) {
        throw e;
      }
      log.warn("{} is not served for the moment", tenant);
      log.debug("Why a request failed", e);
      response.reset();
      Problem.UNAVAILABLE.answer(response, appKey);
    }
  }

  /** Answers the request if it may not be served. */
  private boolean mayServe(
      TenantId tenant, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Route route;
    try {
      route = router.resolve(tenant);
    } catch (UnknownTenantException e) {
      log.warn("{} signed a request but has no route", tenant);
      Problem.FORBIDDEN.answer(response, appKey);
      return false;
    } catch (SQLException e) {
      log.error("{} is not served for the moment: {}", tenant, e.getMessage());
      log.debug("Why a route is unavailable", e);
      Problem.UNAVAILABLE.answer(response, appKey);
      return false;
    }
    if (guard != null && !guard.admits(route, request)) {
      guard.answer(route, request, response, appKey);
      return false;
    }
    if (!router.realms().contains(route.realm())) {
      log.warn("{} lives in realm {}, which is not configured here", tenant, route.realm());
      Problem.MISDIRECTED.answer(response, appKey);
      return false;
    }
    if (route.state() == Route.State.FROZEN && router.frozenWait().isZero()) {
      Problem.UNAVAILABLE.answer(response, appKey);
      return false;
    }
    return true;
  }

  private static Problem problem(Reason reason) {
    return reason == Reason.SECRET_UNAVAILABLE ? Problem.UNAVAILABLE : Problem.UNAUTHORIZED;
  }

  private record Admitted(TenantId tenant) {}
}
