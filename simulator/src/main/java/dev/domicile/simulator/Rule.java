package dev.domicile.simulator;

/**
 * What an app has to hold to, and where that is said. "Data residency" and "Remote realm migration"
 * are pages of Atlassian's developer documentation (25 Jul 2023, and 28 Aug 2025 for Forge Remote,
 * whose hooks are the same); CDAC-n is topic n of community.developer.atlassian.com. "Follows from"
 * marks what no page says outright.
 */
enum Rule {
  DURATION_DECLARED(
      "maxMigrationDurationHours is 0.5 to 24 in steps of 0.5", "CDAC-82641; CDAC-85213"),
  REALMS_PUBLISHED(
      "the keys of regionBaseUrls are published realms", "Data residency, supported realms"),
  INSTALLED("a signed install is answered 2xx", "Understanding JWT; signed installs, CDAC-49046"),
  INSTALL_VERIFIED(
      "an install that is not signed by the published key for this app and tenant is refused",
      "signed installs, CDAC-49046"),
  REALM_BY_HOST(
      "an installation rests in the realm whose base URL it came to, else GLOBAL",
      "Data residency, realm pinning"),
  UPGRADE_KEEPS_REALM(
      "an install that comes again, as after an upgrade, moves nothing",
      "Data residency, realm pinning"),
  PROBE_ANSWERS(
      "a signed request of an installed tenant is served at the installed base URL",
      "Understanding JWT; follows from Data residency, realm pinning"),
  HOOK_ACCEPTED("a hook that can be served is answered 2xx", "Data residency, migration hooks"),
  STATUS_ANSWERS(
      "status answers 2xx with a JSON object whose field status is text, whatever the phase",
      "Data residency, status; not retried, by Remote realm migration"),
  STATUS_FAILED_CODE("a failed status carries an errorResponseCode", "Data residency, status"),
  PUBLISHED_CODES(
      "an errorResponseCode is E0001, E0002, E0003, E0004 or E9999", "Data residency, error codes"),
  ANSWER_TIME(
      "every hook answers within the limit",
      "no limit is published; Forge Remote gives events 5 s, and that is the default here"),
  BECOMES_READY(
      "a started migration becomes ready-to-commit within its window", "Data residency, status"),
  NOT_READY_UNASKED(
      "status is not ready-to-commit before a start, or after a rollback",
      "follows from Data residency, status"),
  NOT_READY_LATE(
      "past the end of the window status is never ready-to-commit",
      "Data residency; CDAC-82641: a migration that exceeds its time fails"),
  NOT_SCHEDULED(
      "start and commit of what is not scheduled are refused; a code, if any, is E0001",
      "Data residency, error codes"),
  ROLLED_BACK_IS_OVER(
      "start and commit that come after a rollback are refused",
      "follows from Data residency, rollback"),
  NOT_READY_NO_COMMIT(
      "commit before the migration is ready is refused, or keeps everything",
      "follows from Data residency, status and commit"),
  UNSUPPORTED_LOCATION(
      "schedule to a realm that the app does not have is refused; a code, if any, is E0002",
      "Data residency, error codes"),
  HOOK_AUTHENTICATED(
      "a hook without a valid token of the tenant for this very request is refused with 4xx",
      "Data residency: hooks are verified as any Connect request; CDAC-47072"),
  REFUSED_IS_HARMLESS(
      "a refused call changes nothing", "follows from Data residency, migration hooks"),
  METHOD("a hook is served by its published method alone", "Data residency, migration hooks"),
  BODY_CHECKED(
      "a body without readable startTime, endTime and location is refused with 4xx",
      "Data residency, schedule"),
  OPTIONAL_FIELDS(
      "migrationId and unknown fields are accepted, and a query of status",
      "Remote realm migration; follows from Data residency"),
  REPEATABLE(
      "the same hook again has the same effect as once",
      "Remote realm migration: up to two retries"),
  ROLLBACK_ANYTIME(
      "rollback is served at any phase, more than once, and where nothing was scheduled",
      "Data residency, rollback; follows for repetition"),
  DATA_KEPT(
      "what the tenant's requests showed before, they show after",
      "Data residency: migration moves the data"),
  ACCEPTED_WRITES_KEPT(
      "a write that the app accepts while it commits is shown after the move, once",
      "follows from Data residency: the commit comes when the site is online"),
  LANDS_IN_TARGET(
      "after a commit the tenant is served from the target realm", "Data residency, commit"),
  STAYS_IN_SOURCE(
      "without a commit that stands the tenant is served from the source realm",
      "Data residency, rollback; Remote realm migration: the app continues in its region"),
  OLD_HOST_NOT_STALE(
      "between commit and switch the old base URL shows the new home's data, or refuses",
      "Data residency: the switch of the region comes after the commit"),
  NEW_HOST_KNOWS_TENANT(
      "the target's base URL knows the tenant and its secret without an install",
      "CDAC-59969: a migration uninstalls and installs nothing"),
  CODE_OR_SUCCESS(
      "a second migration is served, or refused with a published code at schedule",
      "Data residency, error codes");

  private final String text;
  private final String source;

  Rule(String text, String source) {
    this.text = text;
    this.source = source;
  }

  String text() {
    return text;
  }

  String source() {
    return source;
  }
}
