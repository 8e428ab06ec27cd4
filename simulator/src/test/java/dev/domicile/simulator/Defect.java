package dev.domicile.simulator;

import java.util.List;

/** A deliberate defect of the fixture app, and the scenario and rule that have to name it. */
enum Defect {
  BAD_DURATION(Rule.DURATION_DECLARED, "descriptor"),
  IGNORES_REGION_URL(Rule.REALM_BY_HOST, "install"),
  FORGETS_ON_UPGRADE(Rule.DATA_KEPT, "install"),
  LOSES_DATA_AT_COMMIT(Rule.DATA_KEPT, "offline-committed"),
  REALM_NOT_SWITCHED(Rule.LANDS_IN_TARGET, "offline-committed"),
  TENANT_UNKNOWN_AT_NEW_HOST(Rule.NEW_HOST_KNOWS_TENANT, "offline-committed"),
  OLD_HOST_SERVES_OLD_COPY(Rule.OLD_HOST_NOT_STALE, "offline-committed"),
  NEVER_READY(Rule.BECOMES_READY, "offline-committed"),
  SWITCHED_ON_ROLLBACK(Rule.STAYS_IN_SOURCE, "offline-rolled-back"),
  LOSES_LIVE_WRITES(Rule.DATA_KEPT, "live-test"),
  WRITES_TO_OLD_COPY(Rule.ACCEPTED_WRITES_KEPT, "live-commit"),
  READY_BEFORE_START(Rule.NOT_READY_UNASKED, "cancel-after-schedule"),
  COPIES_ON_AFTER_ROLLBACK(Rule.NOT_READY_UNASKED, "cancel-while-working"),
  REFUSES_IDLE_ROLLBACK(Rule.ROLLBACK_ANYTIME, "rollback-anytime"),
  BLOCKED_AFTER_ROLLBACK(Rule.HOOK_ACCEPTED, "again-after-rollback"),
  BREAKS_ON_SECOND_MIGRATION(Rule.CODE_OR_SUCCESS, "again-after-commit"),
  REFUSES_UNKNOWN_FIELDS(Rule.OPTIONAL_FIELDS, "migration-id"),
  COMMITS_TWICE(Rule.DATA_KEPT, "hook-retries"),
  FORGETS_ON_RETRY(Rule.REPEATABLE, "hook-retries"),
  RACING_COMMITS(Rule.DATA_KEPT, "hooks-at-once"),
  REFUSES_REPEATED_COMMIT(Rule.REPEATABLE, "lost-answers"),
  COMMIT_IS_FINAL(Rule.STAYS_IN_SOURCE, "commit-lost-for-good", "rollback-after-commit"),
  RETURNS_TO_THE_OLD_COPY(Rule.DATA_KEPT, "rollback-after-commit"),
  REVIVED_AFTER_ROLLBACK(Rule.ROLLED_BACK_IS_OVER, "late-hooks"),
  COMMITS_BEFORE_READY(Rule.NOT_READY_NO_COMMIT, "out-of-order"),
  WRONG_CODE(Rule.NOT_SCHEDULED, "out-of-order"),
  READY_AFTER_WINDOW(Rule.NOT_READY_LATE, "window-overrun"),
  COMMITS_BY_ITSELF(Rule.STAYS_IN_SOURCE, "window-overrun"),
  TRUSTS_UNKNOWN_TENANTS(Rule.HOOK_AUTHENTICATED, "unknown-tenant"),
  ACCEPTS_UNSIGNED(Rule.HOOK_AUTHENTICATED, "jwt-unsigned"),
  ACCEPTS_NONE(Rule.HOOK_AUTHENTICATED, "jwt-no-algorithm"),
  ANY_SIGNATURE(Rule.HOOK_AUTHENTICATED, "jwt-wrong-secret", "jwt-tampered"),
  IGNORES_EXPIRY(Rule.HOOK_AUTHENTICATED, "jwt-expired"),
  ACCEPTS_NO_HASH(Rule.HOOK_AUTHENTICATED, "jwt-no-hash"),
  ACCEPTS_ANY_HASH(Rule.HOOK_AUTHENTICATED, "jwt-wrong-hash"),
  ACCEPTS_CONTEXT_TOKENS(Rule.HOOK_AUTHENTICATED, "jwt-context-hash"),
  ALGORITHM_BY_TOKEN(Rule.HOOK_AUTHENTICATED, "jwt-other-algorithm"),
  PUBLIC_KEY_SIGNS(Rule.HOOK_AUTHENTICATED, "jwt-public-key-as-secret"),
  INSTALLS_UNVERIFIED(Rule.INSTALL_VERIFIED, "install-signature"),
  ANY_METHOD(Rule.METHOD, "wrong-method"),
  FAILS_ON_BAD_BODY(Rule.BODY_CHECKED, "malformed-body"),
  ANY_LOCATION(Rule.UNSUPPORTED_LOCATION, "unsupported-location"),
  UNPUBLISHED_CODE(Rule.PUBLISHED_CODES, "error-codes"),
  STATUS_404_WHEN_IDLE(Rule.STATUS_ANSWERS, "status-always-answers"),
  FAILS_WITHOUT_CODE(Rule.STATUS_FAILED_CODE, "status-always-answers"),
  SLOW_COMMIT(Rule.ANSWER_TIME, "answer-time"),
  ENDLESS_ANSWER(Rule.PROBE_ANSWERS, "offline-committed");

  private final Rule rule;
  private final String scenarios;

  Defect(Rule rule, String... scenarios) {
    this.rule = rule;
    this.scenarios = String.join(" ", scenarios);
  }

  /** The rule that it breaks. */
  Rule rule() {
    return rule;
  }

  /** The scenarios that have to find it. */
  List<String> scenarios() {
    return List.of(scenarios.split(" ", -1));
  }
}
