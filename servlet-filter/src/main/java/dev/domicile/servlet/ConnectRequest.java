package dev.domicile.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of a request bears on who sent it.
 *
 * @param method the HTTP method
 * @param rawPath the path as it was sent, with its escapes; this is what the sender signed
 * @param path the path that the container serves, decoded and without dot segments; what is allowed
 *     on which path is decided by it
 * @param rawQuery the query as it was sent, or null if there is none
 * @param authorization the values of the header {@code Authorization}
 */
public record ConnectRequest(
    String method,
    String rawPath,
    String path,
    @Nullable String rawQuery,
    List<String> authorization) {

  /** Copies the list. */
  public ConnectRequest {
    authorization = List.copyOf(authorization);
  }

  /** Reads a request without touching its parameters or its body. */
  public static ConnectRequest of(HttpServletRequest request) {
    return new ConnectRequest(
        request.getMethod(),
        request.getRequestURI(),
        path(request),
        request.getQueryString(),
        Collections.list(request.getHeaders("Authorization")));
  }

  static String path(HttpServletRequest request) {
    return request.getServletPath() + Objects.requireNonNullElse(request.getPathInfo(), "");
  }

  /** Without the query and the headers, which hold the token. */
  @Override
  public String toString() {
    return method + " " + rawPath;
  }
}
