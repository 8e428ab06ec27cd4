package dev.domicile.migrator.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;

/** The details of an event as JSON. */
final class Details {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Details() {}

  static String toJson(Map<String, Object> detail) {
    try {
      return JSON.writeValueAsString(detail);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("details are numbers and texts", e);
    }
  }
}
