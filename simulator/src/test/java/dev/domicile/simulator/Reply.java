package dev.domicile.simulator;

import java.util.Map;

/** An answer of the fixture app. */
record Reply(int status, String body, Map<String, String> headers) {
  static Reply of(int status) {
    return new Reply(status, "", Map.of());
  }

  static Reply json(int status, String body) {
    return new Reply(status, body, Map.of());
  }

  static Reply error(int status, String code) {
    return json(status, "{\"errorResponseCode\":\"" + code + "\"}");
  }
}
