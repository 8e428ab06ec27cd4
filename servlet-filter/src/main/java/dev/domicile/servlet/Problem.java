package dev.domicile.servlet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** An answer of RFC 9457. To a sender who is not known it says no more than its status does. */
enum Problem {
  BAD_REQUEST(400, "Bad Request"),
  UNAUTHORIZED(401, "Unauthorized"),
  FORBIDDEN(403, "Forbidden"),
  NOT_FOUND(404, "Not Found"),
  METHOD_NOT_ALLOWED(405, "Method Not Allowed"),
  TOO_LARGE(413, "Content Too Large"),
  MISDIRECTED(421, "Misdirected Request"),
  UNAVAILABLE(503, "Service Unavailable");

  private static final String RETRY_AFTER_SECONDS = "5";

  private final int status;
  private final String title;

  Problem(int status, String title) {
    this.status = status;
    this.title = title;
  }

  /** Answers; the app key names the realm that a caller has to authenticate for. */
  void answer(HttpServletResponse response, String appKey) throws IOException {
    write(response, appKey, body());
  }

  /** Answers a caller who is known, and tells what is wrong; never with a secret in it. */
  void answer(HttpServletResponse response, String appKey, String detail) throws IOException {
    write(response, appKey, body().put("detail", detail));
  }

  private ObjectNode body() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "about:blank")
        .put("title", title)
        .put("status", status);
  }

  private void write(HttpServletResponse response, String appKey, ObjectNode body)
      throws IOException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
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
