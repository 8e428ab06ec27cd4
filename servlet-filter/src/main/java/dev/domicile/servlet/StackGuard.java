package dev.domicile.servlet;

import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a stack from serving tenants of other realms, and says where they are served. */
final class StackGuard {
  private static final Logger log = LoggerFactory.getLogger(StackGuard.class);

  private final BaseUrls baseUrls;
  private final OtherStack otherStack;
  private final String basePath;

  StackGuard(BaseUrls baseUrls, OtherStack otherStack, String basePath) {
    this.baseUrls = baseUrls;
    this.otherStack = otherStack;
    this.basePath =
        basePath.endsWith("/") ? basePath.substring(0, basePath.length() - 1) : basePath;
  }

  boolean admits(Route route, HttpServletRequest request) {
    return baseUrls.arrival(request).filter(route.realm()::equals).isPresent();
  }

  /** Answers a request that is not admitted. */
  void answer(Route route, HttpServletRequest request, HttpServletResponse response, String appKey)
      throws IOException {
    Optional<URI> home = baseUrls.of(route.realm());
    log.info(
        "{} lives in {} and asked at {}",
        route.tenant(),
        route.realm(),
        baseUrls.arrival(request).map(Realm::name).orElse("no realm's stack"));
    if (otherStack == OtherStack.REDIRECT && home.isPresent()) {
      response.setStatus(HttpServletResponse.SC_TEMPORARY_REDIRECT);
      response.setHeader("Location", location(home.get(), request));
      response.setHeader("Cache-Control", "no-store");
    } else {
      Problem.MISDIRECTED.answer(response, appKey);
    }
  }

  /** Always at the configured host: what the request says comes after a slash. */
  private String location(URI home, HttpServletRequest request) {
    String path = request.getRequestURI();
    if (path.equals(basePath) || path.startsWith(basePath + "/")) {
      path = path.substring(basePath.length());
    }
    String query = request.getQueryString();
    String target = home.getScheme() + "://" + home.getRawAuthority() + BaseUrls.path(home);
    return target + (path.startsWith("/") ? path : "/" + path) + (query == null ? "" : "?" + query);
  }
}
