package dev.domicile.model;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A row that moves into the tenant meanwhile, with a child whose writer may not know it yet. */
final class MoveInModelTest {
  private static final Check CHECK =
      Check.of(
          "MoveIn", "Writers = {w1, w2}\nMaxWrites = " + (Check.LARGE ? 5 : 3), "P2_NothingLost");

  @Test
  void nothingIsLost() {
    CHECK.holds();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "move_in_unhandled",
        "old_snapshot_of_the_owner",
        "tables_below_not_locked",
        "move_drained_early"
      })
  void whatIsLeftOutLosesTheChild(String fault) {
    CHECK.with(fault).isViolated();
  }
}
