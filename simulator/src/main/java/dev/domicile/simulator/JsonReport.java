package dev.domicile.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The report as one JSON document. */
final class JsonReport {
  private static final JsonMapper JSON = new JsonMapper();

  private JsonReport() {}

  static String of(Report report) {
    ObjectNode root = JSON.createObjectNode();
    root.put("app", report.app())
        .put("from", report.from())
        .put("to", report.to())
        .put("startedAt", report.startedAt().toString())
        .put("seconds", report.seconds())
        .put("conforming", report.isConforming())
        .put("passed", report.count(Outcome.PASSED))
        .put("failed", report.count(Outcome.FAILED))
        .put("skipped", report.count(Outcome.SKIPPED));
    ArrayNode scenarios = root.putArray("scenarios");
    report.scenarios().forEach(result -> scenarios.add(scenario(result)));
    try {
      return JSON.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report can be written as JSON", e);
    }
  }

  private static ObjectNode scenario(ScenarioResult result) {
    ObjectNode node = JSON.createObjectNode();
    node.put("name", result.name())
        .put("summary", result.summary())
        .put("outcome", result.outcome().name())
        .put("note", result.note())
        .put("seconds", result.seconds());
    ArrayNode checks = node.putArray("checks");
    for (Check check : result.checks()) {
      checks
          .addObject()
          .put("rule", check.rule().name())
          .put("text", check.rule().text())
          .put("source", check.rule().source())
          .put("passed", check.passed())
          .put("detail", check.detail());
    }
    node.set("transcript", JSON.valueToTree(result.transcript()));
    return node;
  }
}
