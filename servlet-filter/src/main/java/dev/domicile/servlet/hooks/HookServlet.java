package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationException;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication;
import dev.domicile.servlet.Authentication.Authenticated;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.Authentication.Refused;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ConnectRequest;
import dev.domicile.servlet.HookAuthenticator;
import dev.domicile.servlet.hooks.Timings.Outcome;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the realm migration service: {@code POST /schedule}, {@code /start}, {@code /commit},
 * {@code /rollback} and {@code GET /status} under a path (Atlassian developer documentation, "Data
 * residency" and "Remote realm migration"). Each answers within two seconds, whatever the databases
 * do.
 *
 * <table>
 * <caption>Answers</caption>
 * <tr><td>200</td><td>done, or written down to be done; {@code /status} of a known tenant answers
 *     nothing else</td></tr>
 * <tr><td>202</td><td>{@code /commit}: under way, and will be made</td></tr>
 * <tr><td>409</td><td>will not be done; {@code {"errorResponseCode":"E0001"}} says why, and no
 *     call is of use again</td></tr>
 * <tr><td>400, 413</td><td>the body is none, or more than 64 KiB</td></tr>
 * <tr><td>401</td><td>not signed for this tenant and this request; why is only in the log</td></tr>
 * <tr><td>404, 405</td><td>no hook, or not its method</td></tr>
 * <tr><td>503</td><td>not now; without a code, so that the service calls again</td></tr>
 * </table>
 *
 * <p>Register it for the path and all below, which has to be among the {@linkplain
 * ConnectConfig#openPaths() open paths} of the app: a tenant's requests are refused or sent on
 * while it moves, its hooks are not.
 */
public final class HookServlet extends HttpServlet {
  private static final long serialVersionUID = 1;
  private static final Logger log = LoggerFactory.getLogger(HookServlet.class);
  private static final int MAXIMUM_BODY = 64 * 1024;

  /** What is left of two seconds goes to the network and to a busy machine. */
  private static final Duration LIMIT = Duration.ofMillis(1600);

  private final String path;
  private final String appKey;
  private final transient HookAuthenticator authenticator;
  private final transient MigrationHooks hooks;

  /**
   * Hooks under a path.
   *
   * @param path such as {@code /migration}; the descriptor's {@code lifecycle.dare-migration}
   * @param authenticator who may call; for Connect and Forge mount two servlets, with two paths
   * @throws IllegalArgumentException if the path is not open
   */
  public HookServlet(
      ConnectConfig app, String path, HookAuthenticator authenticator, MigrationHooks hooks) {
    if (!app.openPaths().contains(path + "/*")) {
      throw new IllegalArgumentException(
          "openPaths lacks " + path + "/*, whose calls the tenant filter would refuse");
    }
    this.path = path;
    this.appKey = app.appKey();
    this.authenticator = authenticator;
    this.hooks = hooks;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    long begun = System.nanoTime();
    ConnectRequest received = ConnectRequest.of(request);
    Optional<Hook> hook =
        received.path().startsWith(path)
            ? Hook.of(received.path().substring(path.length()))
            : Optional.empty();
    if (hook.isEmpty()) {
      HookAnswer.plain(HttpServletResponse.SC_NOT_FOUND).write(response);
    } else if (!request.getMethod().equals(hook.get().method())) {
      response.setHeader("Allow", hook.get().method());
      HookAnswer.plain(HttpServletResponse.SC_METHOD_NOT_ALLOWED).write(response);
    } else {
      HookAnswer answer = answer(hook.get(), received, request, begun);
      if (answer.status() == HttpServletResponse.SC_UNAUTHORIZED) {
        response.setHeader("WWW-Authenticate", "JWT realm=\"" + appKey + "\"");
      }
      answer.write(response);
      hooks.answered().count(hook.get(), Outcome.ofStatus(answer.status()), begun);
    }
  }

  private HookAnswer answer(
      Hook hook, ConnectRequest received, HttpServletRequest request, long begun)
      throws IOException {
    Optional<Authentication> outcome = authenticate(received);
    if (outcome.isEmpty()) {
      return HookAnswer.later();
    }
    if (!(outcome.get() instanceof Authenticated caller)) {
      Reason reason = ((Refused) outcome.get()).reason();
      log.info("{} is refused: {}", received, reason);
      return refusal(reason);
    }
    HookAnswer answer = answer(hook, caller.tenant(), request, begun);
    log.info("{} of {}: {} {}", hook, caller.tenant(), answer.status(), answer.code());
    return answer;
  }

  private HookAnswer answer(Hook hook, TenantId tenant, HttpServletRequest request, long begun)
      throws IOException {
    byte[] bytes = request.getInputStream().readNBytes(MAXIMUM_BODY + 1);
    if (bytes.length > MAXIMUM_BODY) {
      return HookAnswer.plain(413);
    }
    if (hook == Hook.STATUS) {
      return HookBody.ofQuery(request.getParameter("migrationId"))
          .map(valid -> call(hook, tenant, valid, begun))
          .orElseGet(StatusReport::notScheduled);
    }
    return HookBody.parse(bytes)
        .map(valid -> call(hook, tenant, valid, begun))
        .orElseGet(HookAnswer::malformed);
  }

  /** Nothing if that is not known now: what looks tenants up is the application's. */
  private Optional<Authentication> authenticate(ConnectRequest received) {
    try {
      return hooks.calls().call(() -> authenticator.authenticate(received), LIMIT);
    } catch (RuntimeException e) {
      log.error("{} is put off: whose it is cannot be found out", received, e);
      return Optional.empty();
    }
  }

  private HookAnswer call(Hook hook, TenantId tenant, HookBody body, long begun) {
    HookAnswer notNow = hook == Hook.STATUS ? StatusReport.unknown() : HookAnswer.later();
    Duration left = LIMIT.minusNanos(System.nanoTime() - begun);
    try {
      return hooks.calls().call(() -> hook.call(hooks.hooks(), tenant, body), left).orElse(notNow);
    } catch (MigrationException | DataAccessException e) {
      log.error("{} of {} is put off: {}", hook, tenant, e.getMessage());
      log.debug("Why a hook is put off", e);
      return notNow;
    } catch (RuntimeException e) {
      log.error("{} of {} failed", hook, tenant, e);
      return hook == Hook.STATUS ? notNow : HookAnswer.plain(500);
    }
  }

  private static HookAnswer refusal(Reason reason) {
    return reason == Reason.SECRET_UNAVAILABLE || reason == Reason.KEY_UNAVAILABLE
        ? HookAnswer.later()
        : HookAnswer.plain(HttpServletResponse.SC_UNAUTHORIZED);
  }
}
