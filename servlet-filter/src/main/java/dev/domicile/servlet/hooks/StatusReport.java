package dev.domicile.servlet.hooks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /status} says. Of the words only {@code failed} and {@code ready-to-commit} mean
 * something to the service; any other means that the app is at work ("Data residency", status
 * hook).
 */
final class StatusReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FAILED = "failed";

  private StatusReport() {}

  /** While it is not known: the service goes on asking. */
  static HookAnswer unknown() {
    return answer("unknown");
  }

  static HookAnswer notScheduled() {
    return answer("not-scheduled");
  }

  static HookAnswer switchedOff() {
    HookAnswer answer = answer(FAILED);
    answer.body().put("errorResponseCode", HookError.E0003.name());
    return answer;
  }

  static HookAnswer of(Order order, boolean inTime) {
    HookAnswer answer = answer(word(order, inTime));
    ObjectNode body = answer.body();
    String errorCode = order.errorCode();
    if (errorCode != null) {
      body.put("errorResponseCode", errorCode);
    }
    if (order.externalId() != null) {
      body.put("migrationId", order.externalId());
    }
    MigrationState state = order.migration().state();
    body.put("phase", state.name());
    body.put("location", order.migration().target().name());
    body.put("deadline", order.migration().windowEnd().toString());
    progress(body, order, state);
    JsonNode assessment = json(order.assessment());
    if (assessment != null) {
      body.set("assessment", assessment);
    }
    return answer;
  }

  private static void progress(ObjectNode body, Order order, MigrationState state) {
    JsonNode progress = json(order.progress());
    boolean done = state == MigrationState.READY_TO_COMMIT || order.isCommitted();
    body.put("percent", done ? 100 : progress == null ? 0 : progress.path("percent").asInt());
    if (progress == null) {
      return;
    }
    if (progress.has("lag") && !order.isCommitted() && order.wanted() != Wanted.ROLLBACK) {
      body.set("lag", progress.path("lag"));
    }
    if (progress.has("rows")) {
      body.set("rows", progress.path("rows"));
      body.set("totalRows", progress.path("totalRows"));
      if (!done) {
        body.set("step", progress.path("phase"));
        body.set("etaSeconds", progress.path("etaSeconds"));
      }
    }
  }

  private static String word(Order order, boolean inTime) {
    if (order.errorCode() != null) {
      return FAILED;
    }
    if (order.isCommitted()) {
      return "committed";
    }
    MigrationState state = order.migration().state();
    if (state == MigrationState.ROLLED_BACK) {
      return "rolled-back";
    }
    return switch (order.wanted()) {
      case SCHEDULE -> "scheduled";
      case COPY ->
          state != MigrationState.READY_TO_COMMIT
              ? "copying"
              : inTime ? "ready-to-commit" : "too-late";
      case COMMIT -> "committing";
      case ROLLBACK -> "rolling-back";
    };
  }

  private static HookAnswer answer(String word) {
    return new HookAnswer(200, HookAnswer.object().put("status", word));
  }

  private static @Nullable JsonNode json(@Nullable String text) {
    try {
      return text == null ? null : JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the control database holds JSON that is none", e);
    }
  }
}
