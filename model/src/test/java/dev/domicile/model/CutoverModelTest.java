package dev.domicile.model;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promises, over every interleaving of a small cutover; and each part of the design taken out
 * once, which must break the promise that it is there for. {@code -Ddomicile.test.model=large}
 * looks at more.
 */
final class CutoverModelTest {
  static final Set<String> TEMPORAL = Set.of("P5_AtomicSwitch", "ServedInTheEnd");

  private static final String[] PROMISES = {
    "P1_OneHome",
    "P2_NothingLost",
    "P3_ExactlyOnce",
    "P4_CleanRollback",
    "P5_RouteFollowsState",
    "P5_AtomicSwitch"
  };

  @ParameterizedTest
  @MethodSource("scopes")
  void everyPromiseHoldsOnEveryWay(String scope) {
    Check.of("Cutover", scope, PROMISES).upToSymmetry().holds();
  }

  /** One process hangs while another goes on; one dies; one gives up. */
  static List<String> scopes() {
    return Check.LARGE
        ? List.of(
            scope("w1, w2", "k1", 2, 1, 1, 1),
            scope("w1, w2", "k1", 3, 1, 1, 0),
            scope("w1", "k1, k2", 2, 1, 1, 0))
        : List.of(
            scope("w1", "k1", 1, 1, 1, 0),
            scope("w1", "k1", 1, 1, 0, 1),
            scope("w1", "k1", 2, 0, 1, 0));
  }

  @Test
  void theTenantIsServedInTheEnd() {
    String scope = Check.LARGE ? scope("w1", "k1", 1, 1, 1, 1) : scope("w1", "k1", 0, 1, 0, 1);
    Check.of("Cutover", scope, "ServedInTheEnd").fair().holds();
  }

  @ParameterizedTest
  @CsvSource({
    // The pause.
    "fence_not_awaited, P2_NothingLost, 1, 0, 0, 0",
    "position_before_freeze, P2_NothingLost, 1, 0, 0, 0",
    "old_snapshot_passes, P2_NothingLost, 1, 0, 0, 0",
    "gate_not_awaited, P2_NothingLost, 1, 0, 0, 0",
    // The flip.
    "flip_without_compare, P5_AtomicSwitch, 0, 0, 1, 0",
    "flip_without_compare, P2_NothingLost, 0, 0, 1, 0",
    "target_opened_first, P1_OneHome, 0, 0, 0, 1",
    "unfreeze_without_asking, P1_OneHome, 1, 0, 0, 1",
    // What is written twice, or too late.
    "checkpoint_apart, P3_ExactlyOnce, 0, 1, 0, 0",
    "entries_deleted_early, P2_NothingLost, 1, 1, 0, 0",
    "drain_unguarded, P2_NothingLost, 2, 0, 1, 0",
    "rollback_keeps_epoch, P4_CleanRollback, 0, 0, 1, 0",
    // The return.
    "return_unguarded, P2_NothingLost, 2, 0, 1, 0",
    "closed_target_unclaimed, P1_OneHome, 0, 0, 1, 0",
    "target_ungated_after_return, P1_OneHome, 1, 0, 0, 0",
    "soak_uncaptured, P2_NothingLost, 1, 0, 0, 0",
    "unfrozen_uncaptured, P2_NothingLost, 1, 1, 0, 1",
    // The end of the soak.
    "soak_ends_by_clock, P2_NothingLost, 1, 0, 0, 0",
    "purged_in_soak, P2_NothingLost, 0, 0, 0, 0",
    "purged_under_old_nodes, P1_OneHome, 1, 0, 0, 0",
  })
  void whatIsLeftOutBreaksItsPromise(
      String fault, String promise, int writes, int crashes, int takeovers, int timeouts) {
    Check.of("Cutover", scope("w1", "k1", writes, crashes, takeovers, timeouts), promise)
        .with(fault)
        .isViolated();
  }

  @ParameterizedTest
  @CsvSource({"nobody_recovers, 0", "given_up_before_unfreezing, 1"})
  void withoutRecoveryATenantIsRefusedForEver(String fault, int timeouts) {
    Check.of("Cutover", scope("w1", "k1", 0, 1, 0, timeouts), "ServedInTheEnd")
        .fair()
        .with(fault)
        .isViolated();
  }

  /** A promise that holds because the model never gets anywhere would prove nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"NeverWrittenAndReturned", "NeverPurged", "NeverRolledBackFrozen"})
  void theModelGetsThere(String never) {
    Check.of("Cutover", scope("w1", "k1", 1, 0, 1, 0), never).isViolated();
  }

  private static String scope(
      String writers, String keys, int writes, int crashes, int takeovers, int timeouts) {
    return """
    Keys = {%s}
    Writers = {%s}
    Processes = {p1, p2}
    MaxWrites = %d
    MaxCrashes = %d
    MaxTakeovers = %d
    MaxTimeouts = %d\
    """
        .formatted(keys, writers, writes, crashes, takeovers, timeouts);
  }
}
