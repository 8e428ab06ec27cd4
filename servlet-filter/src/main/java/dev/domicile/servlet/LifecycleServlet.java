package dev.domicile.servlet;

import dev.domicile.router.Realm;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.LifecycleAuthenticator.Signed;
import dev.domicile.servlet.LifecycleEvent.MalformedEventException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code installed} and {@code uninstalled}: makes sure that Atlassian signed for the
 * tenant, stores the installation and gives the tenant its realm, or takes it away.
 *
 * <table>
 * <caption>Answers; all but the first are {@code application/problem+json}</caption>
 * <tr><td>204</td><td>done; the same call again changes nothing and is answered alike</td></tr>
 * <tr><td>400, 413</td><td>signed, but the body is not that of the event, or more than 64
 *     KiB</td></tr>
 * <tr><td>401</td><td>not signed by Atlassian for this tenant, this app and this request, or signed
 *     before the tenant's last event; why is only in the log</td></tr>
 * <tr><td>405</td><td>not a POST</td></tr>
 * <tr><td>421</td><td>the call came to an address that is not the app's, or to a realm without a
 *     database on this node</td></tr>
 * <tr><td>503</td><td>the control database or the published keys do not answer; with {@code
 *     Retry-After}</td></tr>
 * </table>
 *
 * <p>Register it for {@link LifecyclePaths#signedByAtlassian()}, which have to be among the
 * {@linkplain ConnectConfig#openPaths() open paths} of the app: the tenant filter knows tenants'
 * own signatures only.
 */
public final class LifecycleServlet extends HttpServlet {
  private static final long serialVersionUID = 1;
  private static final Logger log = LoggerFactory.getLogger(LifecycleServlet.class);
  private static final int MAXIMUM_BODY = 64 * 1024;

  private final transient ConnectConfig config;
  private final transient BaseUrls baseUrls;
  private final transient LifecyclePaths paths;
  private final transient LifecycleAuthenticator authenticator;
  private final transient Installations installations;

  /**
   * A servlet for the app that the configuration describes.
   *
   * @throws IllegalArgumentException if its paths are not open
   */
  public LifecycleServlet(
      ConnectConfig config,
      BaseUrls baseUrls,
      LifecyclePaths paths,
      InstallKeys keys,
      Installations installations,
      InstantSource clock) {
    PathSet open = new PathSet(config.openPaths());
    for (String path : paths.signedByAtlassian()) {
      if (!open.contains(path)) {
        throw new IllegalArgumentException(
            "openPaths lacks " + path + ", which the tenant filter would refuse to everyone");
      }
    }
    this.config = config;
    this.baseUrls = baseUrls;
    this.paths = paths;
    this.authenticator = new LifecycleAuthenticator(config, baseUrls, keys, clock);
    this.installations = installations;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = ConnectRequest.path(request);
    if (!paths.signedByAtlassian().contains(path)) {
      Problem.NOT_FOUND.answer(response, config.appKey());
      return;
    }
    if (!request.getMethod().equals("POST")) {
      response.setHeader("Allow", "POST");
      Problem.METHOD_NOT_ALLOWED.answer(response, config.appKey());
      return;
    }
    ConnectRequest received = ConnectRequest.of(request);
    try {
      Signed signed = authenticator.authenticate(received);
      handle(path.equals(paths.installed()), signed, request, response);
    } catch (RefusedException e) {
      log.info("{} is refused: {}", received, e.reason());
      problem(e.reason()).answer(response, config.appKey());
    } catch (DataAccessException e) {
      log.error("{} failed: {}", received, e.getMessage());
      log.debug("Why an event of the lifecycle failed", e);
      Problem.UNAVAILABLE.answer(response, config.appKey());
    }
  }

  private void handle(
      boolean installed, Signed signed, HttpServletRequest request, HttpServletResponse response)
      throws IOException, RefusedException {
    byte[] body = request.getInputStream().readNBytes(MAXIMUM_BODY + 1);
    if (body.length > MAXIMUM_BODY) {
      Problem.TOO_LARGE.answer(response, config.appKey());
      return;
    }
    LifecycleEvent event;
    try {
      event = LifecycleEvent.parse(body, installed ? "installed" : "uninstalled", config.appKey());
    } catch (MalformedEventException e) {
      log.warn("{}: an event that is none: {}", signed.tenant(), e.problem());
      Problem.BAD_REQUEST.answer(response, config.appKey(), e.problem());
      return;
    }
    // The body is not signed; only the token says whose call it is.
    if (!event.tenant().equals(signed.tenant())) {
      throw new RefusedException(Reason.OTHER_TENANT);
    }
    if (!installed) {
      require(installations.uninstalled(event.tenant(), signed.token()));
    } else if (!install(event, signed, request)) {
      Problem.MISDIRECTED.answer(response, config.appKey());
      return;
    }
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /** False if it came to where no tenant may live. */
  private boolean install(LifecycleEvent event, Signed signed, HttpServletRequest request)
      throws RefusedException {
    Optional<Realm> realm = baseUrls.arrival(request);
    if (realm.isEmpty()) {
      log.error(
          "{} is not installed: the call came to '{}', which is no base URL of the app;"
              + " make the proxy pass the host on, or name the realm of this stack",
          event.tenant(),
          request.getServerName());
      return false;
    }
    Installation installation =
        new Installation(
            event.tenant(),
            event.baseUrl(),
            event.productType(),
            Objects.requireNonNull(event.secret(), "an installation has a secret"),
            event.installationId());
    try {
      require(installations.installed(installation, realm.get(), signed.token()).isPresent());
      return true;
    } catch (IllegalArgumentException e) {
      log.error("{} is not installed: {}", event.tenant(), e.getMessage());
      return false;
    }
  }

  private static void require(boolean fresh) throws RefusedException {
    if (!fresh) {
      throw new RefusedException(Reason.REPLAYED);
    }
  }

  private static Problem problem(Reason reason) {
    return reason == Reason.KEY_UNAVAILABLE ? Problem.UNAVAILABLE : Problem.UNAUTHORIZED;
  }
}
