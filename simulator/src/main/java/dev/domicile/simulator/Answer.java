package dev.domicile.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the app answered.
 *
 * @param status 0 if there was no answer
 * @param failure why there was none
 */
record Answer(
    int status, String body, HttpHeaders headers, Duration took, @Nullable String failure) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (name, value) -> true);

  static Answer none(String failure, Duration took) {
    return new Answer(0, "", NO_HEADERS, took, failure);
  }

  boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  boolean isRefusal() {
    return status >= 400 && status < 500;
  }

  /** The body as JSON; missing if it is none. */
  JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  /** What the body holds as {@code errorResponseCode}. */
  Optional<String> errorCode() {
    JsonNode code = json().path("errorResponseCode");
    return code.isMissingNode() || code.isNull() ? Optional.empty() : Optional.of(code.asText());
  }

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** Status and code in words. */
  @Override
  public String toString() {
    if (failure != null) {
      return failure;
    }
    return status + errorCode().map(code -> " " + code).orElse("");
  }
}
