package dev.domicile.migrator;

import org.jspecify.annotations.Nullable;

/**
 * A migration that was ordered from outside, by hooks, and what the order has come to.
 *
 * @param migration the migration
 * @param externalId how the orderer calls it, or null if it gave no number
 * @param wanted the furthest that was asked for
 * @param errorCode the orderer's code of why it failed for good, or null
 * @param assessment what the look before the move found, as JSON, or null if it was not made yet
 * @param progress how far the running phase is, as JSON, or null
 */
public record Order(
    Migration migration,
    @Nullable Long externalId,
    Wanted wanted,
    @Nullable String errorCode,
    @Nullable String assessment,
    @Nullable String progress) {

  /** Whether it was committed, and that is not to be taken back. */
  public boolean isCommitted() {
    MigrationState state = migration.state();
    return state == MigrationState.PURGED
        || (state == MigrationState.COMMITTED && wanted != Wanted.ROLLBACK);
  }

  /** Whether nothing is left to be done for it. */
  public boolean isOver() {
    return migration.settled()
        && (migration.state() != MigrationState.COMMITTED || wanted != Wanted.ROLLBACK);
  }

  /** What was asked for; each one goes further than those before it. */
  public enum Wanted {
    /** To be ready to start. */
    SCHEDULE,
    /** To copy. */
    COPY,
    /** To commit; from then on the end of the window does not matter. */
    COMMIT,
    /** To roll back; to take the commit back first, if there is one. */
    ROLLBACK
  }
}
