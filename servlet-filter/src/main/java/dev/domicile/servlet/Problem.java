package dev.domicile.servlet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** An answer of RFC 9457 that says no more than its status does. */
enum Problem {
  UNAUTHORIZED(401, "Unauthorized"),
  FORBIDDEN(403, "Forbidden"),
  MISDIRECTED(421, "Misdirected Request"),
  UNAVAILABLE(503, "Service Unavailable");

  private static final String RETRY_AFTER_SECONDS = "5";

  private final int status;
  private final String body;

  Problem(int status, String title) {
    this.status = status;
    this.body =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", "about:blank")
            .put("title", title)
            .put("status", status)
            .toString();
  }

  /** Answers; the app key names the realm that a caller has to authenticate for. */
  void answer(HttpServletResponse response, String appKey) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    response.setStatus(status);
    response.setContentType("application/problem+json");
    response.setContentLength(bytes.length);
    response.setHeader("Cache-Control", "no-store");
    if (this == UNAUTHORIZED) {
      response.setHeader("WWW-Authenticate", "JWT realm=\"" + appKey + "\"");
    }
    if (this == UNAVAILABLE) {
      response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
    }
    response.getOutputStream().write(bytes);
  }
}
