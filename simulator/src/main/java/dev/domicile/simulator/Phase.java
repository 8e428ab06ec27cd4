package dev.domicile.simulator;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What {@code /status} said. Two words have a meaning, any other means that the work goes on
 * (Atlassian, "Data residency").
 */
record Phase(Answer answer) {
  private static final String READY = "ready-to-commit";
  private static final String FAILED = "failed";

  boolean isWellFormed() {
    return answer.isSuccess() && answer.json().path("status").isTextual();
  }

  boolean isReady() {
    return isWellFormed() && word().equals(READY);
  }

  boolean isFailed() {
    return isWellFormed() && word().equals(FAILED);
  }

  private String word() {
    JsonNode status = answer.json().path("status");
    return status.asText("");
  }

  @Override
  public String toString() {
    return isWellFormed() ? answer + " '" + word() + "'" : answer.toString();
  }
}
