package dev.domicile.migrator;

import dev.domicile.migrator.cutover.Slot;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.List;

/**
 * How the changes of one move are noted at its source, as the configuration wants it and the server
 * allows it.
 *
 * @param logical whether they come by logical decoding
 * @param findings what somebody should know of it, or what stops the move
 */
record CaptureChoice(boolean logical, List<Finding> findings) {
  private static final String CODE = "capture";
  private static final String SETTING = "cutover.capture";

  /** Looks at the source; changes nothing there. */
  static CaptureChoice of(Capture configured, RealmSession source) {
    if (configured == Capture.TRIGGERS) {
      return new CaptureChoice(false, List.of());
    }
    List<String> obstacles = new ArrayList<>(Slot.obstacles(source));
    boolean bounded = Slot.isBounded(source);
    if (configured == Capture.AUTO && !bounded) {
      obstacles.add("max_slot_wal_keep_size does not bound what a slot holds back");
    }
    if (obstacles.isEmpty()) {
      return new CaptureChoice(true, List.of(logical(source, bounded)));
    }
    String why = String.join(", ", obstacles);
    return new CaptureChoice(
        false,
        List.of(
            configured == Capture.AUTO
                ? Finding.note(
                    CODE,
                    source.name(),
                    "notes changes by triggers alone: " + why,
                    "see configuration.md if they should come by logical decoding")
                : Finding.error(
                    CODE,
                    source.name(),
                    "cannot note changes by logical decoding: " + why,
                    "change that, or set " + SETTING + " to auto or triggers")));
  }

  /**
   * Whether it is logical decoding.
   *
   * @throws MigrationException.Refused if it has to be and cannot
   */
  boolean require() {
    if (findings.stream().anyMatch(f -> f.severity() == Finding.Severity.ERROR)) {
      throw new MigrationException.Refused(findings);
    }
    return logical;
  }

  private static Finding logical(RealmSession source, boolean bounded) {
    return Finding.note(
        CODE,
        source.name(),
        "notes changes by logical decoding, over a slot that holds the server's log back from the"
            + " start of the copy to the commit or rollback"
            + (bounded ? "" : ", without a bound"),
        bounded
            ? "set " + SETTING + " to triggers if it should not"
            : "set max_slot_wal_keep_size there, or " + SETTING + " to triggers");
  }
}
