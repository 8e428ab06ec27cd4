package dev.domicile.servlet.hooks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of a hook. {@code /schedule} and {@code /start} name a window and a location; a {@code
 * migrationId}, a number, is in all of them or in none. Unknown fields are ignored.
 *
 * @param window what {@code /schedule} and {@code /start} say, or null if it is not there
 * @param migrationId how the service calls the migration, or null
 */
record HookBody(@Nullable Window window, @Nullable Long migrationId) {
  private static final ObjectReader JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(20).build())
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build()
          .reader();

  /** Postgres has no year beyond 294276, and no migration any beyond this. */
  private static final Instant FURTHEST = Instant.parse("9999-01-01T00:00:00Z");

  /**
   * A window and where to.
   *
   * @param start when the site goes offline
   * @param end when it is online again
   * @param location how the service calls the realm
   */
  record Window(Instant start, Instant end, String location) {}

  /** Reads a body; nothing if it is not what it has to be. An empty one is an empty object. */
  static Optional<HookBody> parse(byte[] bytes) {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (json == null || json.isMissingNode()) {
        return Optional.of(new HookBody(null, null));
      }
      if (!json.isObject()) {
        return Optional.empty();
      }
      return Optional.of(new HookBody(window(json), migrationId(json.get("migrationId"))));
    } catch (IOException | IllegalArgumentException | DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** Reads the number from a query, where {@code /status} has it. */
  static Optional<HookBody> ofQuery(@Nullable String migrationId) {
    if (migrationId == null) {
      return Optional.of(new HookBody(null, null));
    }
    try {
      return Optional.of(new HookBody(null, Long.valueOf(migrationId)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static @Nullable Window window(JsonNode json) {
    JsonNode start = json.get("startTime");
    JsonNode end = json.get("endTime");
    JsonNode location = json.get("location");
    if (start == null && end == null && location == null) {
      return null;
    }
    return new Window(time(start), time(end), text(location));
  }

  private static Instant time(@Nullable JsonNode node) {
    Instant time = Instant.parse(text(node));
    if (time.isBefore(Instant.EPOCH) || time.isAfter(FURTHEST)) {
      throw new IllegalArgumentException("a time out of all bounds");
    }
    return time;
  }

  private static String text(@Nullable JsonNode node) {
    if (node == null || !node.isTextual()) {
      throw new IllegalArgumentException("a text is missing");
    }
    return node.textValue();
  }

  private static @Nullable Long migrationId(@Nullable JsonNode node) {
    if (node == null || node.isNull()) {
      return null;
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new IllegalArgumentException("migrationId is no number");
    }
    return node.longValue();
  }
}
