package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.DatabaseUnavailable;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.session.Pause;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what a switch has come to that failed. Only a process that holds the migration's epoch
 * can flip; so if it has not asked for that, or has made sure that it can no more, the tenant is
 * served where it was.
 */
final class Settlement {
  private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);
  private static final int QUESTIONS = 5;
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(500);

  private final MigratorConfig config;
  private final MigrationStore store;

  Settlement(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
  }

  /**
   * Settles one switch.
   *
   * @param before the state to go back to
   * @param frozen where the tenant may be frozen
   * @param asked whether the control database was asked to flip; its answer may have been lost
   * @return the migration, if it was flipped after all
   */
  @Nullable Migration settle(
      Migration switching, MigrationState before, Side frozen, boolean asked, Throwable error) {
    @Nullable Migration held = asked ? ask(switching, before) : switching;
    if (held != null && held.state() == flipped(before)) {
      return held;
    }
    // In this order: who dies in between, or cannot thaw, leaves a state that a recovery finds.
    if (held != null && thaw(held, frozen, error)) {
      giveUp(held, before, error);
    }
    return null;
  }

  private void giveUp(Migration switching, MigrationState before, Throwable error) {
    try {
      store.advance(switching, before, message(error), Map.of("error", message(error)));
    } catch (MigrationException e) {
      error.addSuppressed(e);
    }
  }

  /**
   * Asks whether a flip went through whose answer was lost; makes sure that it cannot any more if
   * it did not.
   *
   * @return the migration, flipped or at a later epoch; null if others have gone on from there, or
   *     the control database says nothing
   */
  private @Nullable Migration ask(Migration switching, MigrationState before) {
    for (int question = 1; ; question++) {
      try {
        Migration now = store.now(switching);
        if (now.epoch() > switching.epoch()) {
          // If others have gone on from there, they see to the fences, and ours have no say any
          // more.
          return now.epoch() == switching.epoch() + 1 && now.state() == flipped(before)
              ? now
              : null;
        }
        return store.advance(switching, switching.state(), null, Map.of());
      } catch (TakenOver e) {
        LOG.debug("{} changes while it is settled; the next look tells to what", switching);
      } catch (DatabaseUnavailable e) {
        if (question >= QUESTIONS) {
          LOG.error(
              "{} stays fenced until the control database says whether it was switched; then"
                  + " recover, commit or roll back",
              switching);
          return null;
        }
        Pause.ofMillis(BETWEEN_QUESTIONS.toMillis());
      }
    }
  }

  private static MigrationState flipped(MigrationState before) {
    return before == MigrationState.COMMITTED
        ? MigrationState.ROLLING_BACK
        : MigrationState.COMMITTED;
  }

  /** On a session of its own: the one before may be what failed. */
  private boolean thaw(Migration switching, Side side, Throwable error) {
    try (RealmSession session =
        Realms.open(config, side == Side.SOURCE ? switching.source() : switching.target())) {
      Fence fence = new Fence(session, switching, side);
      if (fence.state().filter(state -> state == State.FROZEN).isPresent()) {
        fence.thaw();
      }
      if (side == Side.TARGET) {
        fence.noteFor(config.cutover().soak());
      }
      return true;
    } catch (MigrationException e) {
      error.addSuppressed(e);
      LOG.error("{} stays fenced; recover, commit or roll back: {}", switching, e.getMessage());
      return false;
    }
  }

  private static String message(Throwable error) {
    return error instanceof MigrationException known
        ? String.valueOf(known.getMessage())
        : error.getClass().getSimpleName();
  }
}
