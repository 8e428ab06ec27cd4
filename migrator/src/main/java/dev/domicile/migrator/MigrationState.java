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
  /** What changed is taken along; for a moment the source is fenced, and the route flips. */
  COMMITTING,
  /** The tenant lives in the target realm; the source still holds the old copy. */
  COMMITTED,
  /** A committed tenant is being taken back; it still lives in the target realm. */
  RETURNING,
  /** The old copy is deleted. */
  PURGED,
  /** Stopped by an error; it can be started again or rolled back. */
  FAILED,
  /** The copy is being deleted; the tenant lives in the source realm. */
  ROLLING_BACK,
  /** The copy is deleted; the tenant lives where it lived. */
  ROLLED_BACK;

  /** Whether no other state follows, or none but {@link #RETURNING} and {@link #PURGED}. */
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
      case COMMITTED -> EnumSet.of(COMMITTED, RETURNING, PURGED);
      case RETURNING -> EnumSet.of(RETURNING, COMMITTED, ROLLING_BACK);
      case FAILED -> EnumSet.of(COPYING, ROLLING_BACK);
      case ROLLING_BACK -> EnumSet.of(ROLLING_BACK, ROLLED_BACK);
      case PURGED, ROLLED_BACK -> EnumSet.noneOf(MigrationState.class);
    };
  }
}
