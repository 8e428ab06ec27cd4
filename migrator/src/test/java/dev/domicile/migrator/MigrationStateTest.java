package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class MigrationStateTest {
  @Test
  void canBeRolledBackFromAnyStateThatIsNotOver() {
    Set<MigrationState> rollable =
        EnumSet.copyOf(
            Arrays.stream(MigrationState.values())
                .filter(state -> state.mayBecome(MigrationState.ROLLING_BACK))
                .toList());

    assertThat(rollable)
        .isEqualTo(
            EnumSet.complementOf(
                EnumSet.of(
                    MigrationState.COMMITTED, MigrationState.PURGED, MigrationState.ROLLED_BACK)));
    assertThat(MigrationState.COMMITTED.mayBecome(MigrationState.RETURNING)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void flipsOnlyFromCommitting(MigrationState state) {
    // A return that comes to nothing leaves it committed, and so does what finishes a commit.
    assertThat(state.mayBecome(MigrationState.COMMITTED))
        .isEqualTo(
            state == MigrationState.COMMITTING
                || state == MigrationState.RETURNING
                || state == MigrationState.COMMITTED);
  }

  @ParameterizedTest
  @EnumSource
  void commitsOnlyWhatIsReady(MigrationState state) {
    assertThat(state.mayBecome(MigrationState.COMMITTING))
        .isEqualTo(state == MigrationState.READY_TO_COMMIT || state == MigrationState.COMMITTING);
  }
}
