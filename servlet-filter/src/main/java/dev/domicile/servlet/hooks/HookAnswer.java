package dev.domicile.servlet.hooks;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a hook is answered.
 *
 * @param status the HTTP status
 * @param body the body; it says nothing that an attacker could use
 */
record HookAnswer(int status, ObjectNode body) {
  /** Done, or written down to be done. */
  static HookAnswer ok() {
    return new HookAnswer(200, object());
  }

  /** Written down to be done, and under way. */
  static HookAnswer accepted() {
    return new HookAnswer(202, object());
  }

  /** It will not be done, and asking again is of no use. */
  static HookAnswer failed(HookError error) {
    return new HookAnswer(409, object().put("errorResponseCode", error.name()));
  }

  /** The same by the name of the code. */
  static HookAnswer failed(String errorCode) {
    return failed(HookError.valueOf(errorCode));
  }

  /** The same of a body that is none. */
  static HookAnswer malformed() {
    return new HookAnswer(400, object().put("errorResponseCode", HookError.E9999.name()));
  }

  /** Not now: without a code, so that the service asks again. */
  static HookAnswer later() {
    return plain(503);
  }

  /** A status and nothing else. */
  static HookAnswer plain(int status) {
    return new HookAnswer(status, object());
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The error code, or the word of a status, or nothing. */
  String code() {
    return body.path("errorResponseCode").asText(body.path("status").asText(""));
  }

  void write(HttpServletResponse response) throws IOException {
    byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
    response.setStatus(status);
    response.setContentType("application/json");
    response.setContentLength(bytes.length);
    response.setHeader("Cache-Control", "no-store");
    if (status == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
      response.setHeader("Retry-After", "5");
    }
    response.getOutputStream().write(bytes);
  }
}
