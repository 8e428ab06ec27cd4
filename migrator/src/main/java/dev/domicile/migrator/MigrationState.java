package dev.domicile.migrator;

import java.util.EnumSet;
import java.util.Set;

/** The states of a migration, in the order in which one that succeeds passes through them. */
public enum MigrationState {
  /** Agreed on; nothing is copied. */
  SCHEDULED,
  /** Rows are being copied. */
  COPYING,
  /** All chunks are in; sequences and references are being checked. */
  CATCHING_UP,
  /** The copy is complete and verified. */
  READY_TO_COMMIT,
  /** The source is fenced; what changed is taken along, then the route flips. */
  COMMITTING,
  /** The tenant lives in the target realm; the source still holds the old copy. */
  COMMITTED,
  /** The old copy is deleted. */
  PURGED,
  /** Stopped by an error; it can be started again or rolled back. */
  FAILED,
  /** The copy is being deleted. */
  ROLLING_BACK,
  /** The copy is deleted; the tenant lives where it lived. */
  ROLLED_BACK;

  /** Whether no other state follows, or none but {@link #PURGED}. */
  public boolean isOver() {
    return this == COMMITTED || this == PURGED || this == ROLLED_BACK;
  }

  /** Whether the change to the other state is allowed. Repeating a state means taking it over. */
  public boolean mayBecome(MigrationState next) {
    return successors().contains(next);
  }

  private Set<MigrationState> successors() {
    return switch (this) {
      case SCHEDULED -> EnumSet.of(COPYING, FAILED, ROLLING_BACK);
      case COPYING -> EnumSet.of(COPYING, CATCHING_UP, FAILED, ROLLING_BACK);
      case CATCHING_UP -> EnumSet.of(COPYING, READY_TO_COMMIT, FAILED, ROLLING_BACK);
      case READY_TO_COMMIT -> EnumSet.of(COMMITTING, FAILED, ROLLING_BACK);
      case COMMITTING -> EnumSet.of(COMMITTING, READY_TO_COMMIT, COMMITTED, FAILED, ROLLING_BACK);
      case COMMITTED -> EnumSet.of(PURGED);
      case FAILED -> EnumSet.of(COPYING, ROLLING_BACK);
      case ROLLING_BACK -> EnumSet.of(ROLLING_BACK, ROLLED_BACK);
      case PURGED, ROLLED_BACK -> EnumSet.noneOf(MigrationState.class);
    };
  }
}
