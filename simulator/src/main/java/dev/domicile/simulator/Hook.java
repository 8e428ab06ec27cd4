package dev.domicile.simulator;

import java.util.Locale;

/**
 * One of the five calls of a realm migration. The descriptor names a path prefix in {@code
 * lifecycle.dare-migration}, and the service appends the hook's name (Atlassian, "Data residency",
 * 25 Jul 2023).
 */
enum Hook {
  SCHEDULE("POST"),
  START("POST"),
  STATUS("GET"),
  COMMIT("POST"),
  ROLLBACK("POST");

  private final String method;

  Hook(String method) {
    this.method = method;
  }

  String method() {
    return method;
  }

  String path() {
    return "/" + name().toLowerCase(Locale.ROOT);
  }

  /** A method that the hook is not published with. */
  String wrongMethod() {
    return this == STATUS ? "POST" : "GET";
  }

  @Override
  public String toString() {
    return method + " " + path();
  }
}
