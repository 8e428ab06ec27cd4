package dev.domicile.servlet;

import com.nimbusds.jose.JWSAlgorithm;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.Authentication.Reason;
import dev.domicile.servlet.LifecycleEvent.MalformedEventException;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a call of the lifecycle pass if its token is for this very request and for the tenant that
 * its body names, or answers 401. It does not verify who signed the token: it stands before a
 * library that does, and that leaves the rest out. {@code atlassian-connect-spring-boot} 4.1.1
 * compares neither for a tenant that it does not know, so that whoever holds a token for an
 * installation of his own could install the app in another tenant's name.
 *
 * <p>Register it for the two {@linkplain LifecyclePaths#signedByAtlassian paths}, with support for
 * asynchronous requests. {@link LifecycleServlet} needs none.
 */
public final class LifecycleGuard implements Filter {
  private static final Logger log = LoggerFactory.getLogger(LifecycleGuard.class);
  private static final int MAXIMUM_BODY = 64 * 1024;

  private final ConnectConfig config;
  private final LifecyclePaths paths;
  private final TokenReader reader = new TokenReader();

  /** A guard of the app's lifecycle. */
  public LifecycleGuard(ConnectConfig config, LifecyclePaths paths) {
    this.config = config;
    this.paths = paths;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest http = (HttpServletRequest) request;
    HttpServletResponse answer = (HttpServletResponse) response;
    if (!http.getMethod().equals("POST")) {
      chain.doFilter(request, response);
      return;
    }
    byte[] body = http.getInputStream().readNBytes(MAXIMUM_BODY + 1);
    if (body.length > MAXIMUM_BODY) {
      Problem.TOO_LARGE.answer(answer, config.appKey());
      return;
    }
    ConnectRequest received = ConnectRequest.of(http);
    try {
      check(received, body);
    } catch (RefusedException e) {
      log.info("{} is refused: {}", received, e.reason());
      Problem.UNAUTHORIZED.answer(answer, config.appKey());
      return;
    } catch (MalformedEventException e) {
      log.info("{} is refused: {}", received, e.problem());
      Problem.BAD_REQUEST.answer(answer, config.appKey());
      return;
    }
    chain.doFilter(new RereadRequest(http, body), response);
  }

  private void check(ConnectRequest received, byte[] body)
      throws RefusedException, MalformedEventException {
    String token = TokenChecks.only(TokenChecks.inHeader(received));
    CompactToken jwt = reader.read(token, JWSAlgorithm.RS256);
    TenantId signed = TokenChecks.issuer(jwt.claims(), config.appKey());
    TokenChecks.checkHash(
        TokenChecks.hash(jwt.claims()), received, config.basePath(), TokenChecks.query(received));
    boolean install = received.path().equals(paths.installed());
    LifecycleEvent event =
        LifecycleEvent.parse(body, install ? "installed" : "uninstalled", config.appKey());
    if (!event.tenant().equals(signed)) {
      throw new RefusedException(Reason.OTHER_TENANT);
    }
  }
}
