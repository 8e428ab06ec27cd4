package dev.domicile.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One tenant of the fixture app: its rows in each realm, its route, and its migration. */
final class FixtureTenant {
  private static final Duration WORK = Duration.ofMillis(40);

  private static final Duration RACE = Duration.ofMillis(200);

  private enum State {
    IDLE,
    SCHEDULED,
    STARTED,
    COMMITTED,
    ROLLED_BACK
  }

  private final Set<Defect> defects;
  private final Set<String> realms;
  private final Map<String, List<String>> rows = new HashMap<>();
  final Set<String> hosts = new HashSet<>();
  volatile String secret;
  private String realm;
  private String source;
  private State state = State.IDLE;
  private @Nullable String target;
  private @Nullable Instant start;
  private Instant end = Instant.MAX;
  private Instant readyAt = Instant.MAX;
  private List<String> snapshot = List.of();
  private boolean committedBefore;

  FixtureTenant(Set<Defect> defects, Set<String> realms, String realm, String secret) {
    this.defects = defects;
    this.realms = realms;
    this.realm = realm;
    this.source = realm;
    this.secret = secret;
  }

  synchronized Reply read(String host) {
    boolean stale =
        defects.contains(Defect.OLD_HOST_SERVES_OLD_COPY)
            && state == State.COMMITTED
            && host.equals(source);
    String from = stale ? source : realm;
    String notes = String.join(",", rowsIn(from));
    return new Reply(200, "{\"notes\":[" + notes + "]}", Map.of("X-Realm", from));
  }

  synchronized Reply write(String host, String note) {
    boolean lost =
        defects.contains(Defect.WRITES_TO_OLD_COPY)
            && state == State.COMMITTED
            && host.equals(source);
    rowsIn(lost ? source : realm).add(note);
    return Reply.of(201);
  }

  Reply schedule(JsonNode body) {
    String location = text(body, "location");
    Instant from = time(body, "startTime");
    Instant to = time(body, "endTime");
    if (location == null
        || location.isEmpty()
        || from == null
        || to == null
        || !from.isBefore(to)) {
      return Reply.of(400);
    }
    if (!realms.contains(location) && !defects.contains(Defect.ANY_LOCATION)) {
      return Reply.error(400, "E0002");
    }
    synchronized (this) {
      boolean same = location.equals(target) && from.equals(start);
      if (same && state != State.ROLLED_BACK) {
        return Reply.of(204);
      }
      if (state == State.ROLLED_BACK && defects.contains(Defect.BLOCKED_AFTER_ROLLBACK)) {
        return Reply.error(409, "E0004");
      }
      if (state == State.COMMITTED && defects.contains(Defect.BREAKS_ON_SECOND_MIGRATION)) {
        return Reply.of(500);
      }
      target = location;
      start = from;
      end = to;
      source = realm;
      state = State.SCHEDULED;
      readyAt = defects.contains(Defect.READY_BEFORE_START) ? Instant.now() : Instant.MAX;
      return Reply.of(204);
    }
  }

  synchronized Reply start(JsonNode body) {
    if (text(body, "location") == null || time(body, "startTime") == null) {
      return Reply.of(400);
    }
    boolean revived = state == State.ROLLED_BACK && defects.contains(Defect.REVIVED_AFTER_ROLLBACK);
    if (isIdle() && !revived) {
      return notScheduled();
    }
    if (state == State.SCHEDULED || revived) {
      state = State.STARTED;
      readyAt = Instant.now().plus(WORK);
      snapshot = List.copyOf(rowsIn(realm));
    } else if (state == State.STARTED && defects.contains(Defect.FORGETS_ON_RETRY)) {
      state = State.IDLE;
      return notScheduled();
    }
    return Reply.of(204);
  }

  synchronized Reply status() {
    if (isIdle()) {
      return defects.contains(Defect.STATUS_404_WHEN_IDLE) ? Reply.of(404) : failed("E0001");
    }
    if (state == State.COMMITTED) {
      return status("committed");
    }
    boolean over = Instant.now().isAfter(end);
    if (over && defects.contains(Defect.COMMITS_BY_ITSELF)) {
      move();
      return status("committed");
    }
    if (over && !defects.contains(Defect.READY_AFTER_WINDOW)) {
      return failed("E9999");
    }
    return status(isReady() ? "ready-to-commit" : "working");
  }

  Reply commit() {
    if (defects.contains(Defect.RACING_COMMITS)) {
      return commitWithoutLooking();
    }
    synchronized (this) {
      if (isIdle()) {
        return notScheduled();
      }
      if (state == State.COMMITTED) {
        return commitAgain();
      }
      if (!(isReady() && Instant.now().isBefore(end))
          && !defects.contains(Defect.COMMITS_BEFORE_READY)) {
        return Reply.error(409, "E9999");
      }
      move();
      return Reply.of(204);
    }
  }

  synchronized Reply rollback() {
    if (isIdle()) {
      return defects.contains(Defect.REFUSES_IDLE_ROLLBACK) ? Reply.of(409) : Reply.of(204);
    }
    if (state == State.COMMITTED && defects.contains(Defect.COMMIT_IS_FINAL)) {
      return Reply.of(204);
    }
    if (state == State.STARTED && defects.contains(Defect.COPIES_ON_AFTER_ROLLBACK)) {
      return Reply.of(204);
    }
    if (state == State.COMMITTED) {
      if (!defects.contains(Defect.RETURNS_TO_THE_OLD_COPY)) {
        rows.put(source, new ArrayList<>(rowsIn(realm)));
      }
      realm = source;
    }
    if (defects.contains(Defect.SWITCHED_ON_ROLLBACK) && state == State.STARTED) {
      move();
    }
    state = State.ROLLED_BACK;
    return Reply.of(204);
  }

  private Reply commitAgain() {
    if (defects.contains(Defect.REFUSES_REPEATED_COMMIT)) {
      return Reply.error(409, "E0001");
    }
    if (defects.contains(Defect.COMMITS_TWICE)) {
      rowsIn(realm).addAll(snapshot);
    }
    return Reply.of(204);
  }

  private Reply commitWithoutLooking() {
    boolean again;
    synchronized (this) {
      again = state == State.COMMITTED && !committedBefore;
    }
    pause(RACE);
    synchronized (this) {
      if (state == State.COMMITTED && !again && !committedBefore) {
        committedBefore = true;
        rowsIn(realm).addAll(snapshot);
      } else if (state == State.STARTED) {
        move();
      }
      return Reply.of(204);
    }
  }

  private void move() {
    String to = String.valueOf(target);
    List<String> moved =
        new ArrayList<>(defects.contains(Defect.LOSES_LIVE_WRITES) ? snapshot : rowsIn(realm));
    if (defects.contains(Defect.LOSES_DATA_AT_COMMIT) && !moved.isEmpty()) {
      moved.remove(0);
    }
    state = State.COMMITTED;
    if (!defects.contains(Defect.REALM_NOT_SWITCHED)) {
      rows.put(to, moved);
      realm = to;
    }
  }

  private boolean isIdle() {
    return state == State.IDLE || state == State.ROLLED_BACK;
  }

  private boolean isReady() {
    return !defects.contains(Defect.NEVER_READY) && Instant.now().isAfter(readyAt);
  }

  private Reply notScheduled() {
    return Reply.error(
        409,
        defects.contains(Defect.WRONG_CODE)
            ? "E0003"
            : defects.contains(Defect.UNPUBLISHED_CODE) ? "E0404" : "E0001");
  }

  private static Reply status(String word) {
    return Reply.json(200, "{\"status\":\"" + word + "\",\"percent\":50}");
  }

  private Reply failed(String code) {
    return defects.contains(Defect.FAILS_WITHOUT_CODE)
        ? status("failed")
        : Reply.json(200, "{\"status\":\"failed\",\"errorResponseCode\":\"" + code + "\"}");
  }

  private List<String> rowsIn(String where) {
    return rows.computeIfAbsent(where, r -> new ArrayList<>());
  }

  private static @Nullable String text(JsonNode body, String field) {
    return body.path(field).isTextual() ? body.path(field).asText() : null;
  }

  private static @Nullable Instant time(JsonNode body, String field) {
    String text = text(body, field);
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
