package dev.domicile.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the app answered.
 *
 * @param status 0 if there was no answer
 * @param headers by lower-case name
 * @param failure why there was none
 */
record Answer(
    int status,
    String body,
    Map<String, List<String>> headers,
    Duration took,
    @Nullable String failure) {
  private static final JsonMapper JSON = new JsonMapper();

  static Answer none(String failure, Duration took) {
    return new Answer(0, "", Map.of(), took, failure);
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
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream().findFirst();
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
