package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.DatabaseUnavailable;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.cutover.Cutover;
import dev.domicile.migrator.cutover.Cutover.Switched;
import dev.domicile.migrator.cutover.Drain;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.cutover.Gates;
import dev.domicile.migrator.cutover.Notes;
import dev.domicile.migrator.cutover.WholeTables;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a tenant's home: to the target at the commit, and back to the source if the commit is taken
 * back. Every step can be repeated by any process: what was done is in the databases.
 */
final class SwitchOver {
  private static final Logger LOG = LoggerFactory.getLogger(SwitchOver.class);
  private static final int QUESTIONS = 5;
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(500);

  private final MigratorConfig config;
  private final MigrationStore store;
  private final Plans plans;

  SwitchOver(MigratorConfig config, MigrationStore store) {
    this.config = config;
    this.store = store;
    this.plans = new Plans(config, store);
  }

  /** Commits what is ready; what a process that died had begun is gone on with. */
  Migration commit(Migration seen) {
    Plan plan = plans.stored(seen);
    try (Ends ends = Ends.forth(config, seen)) {
      Migration committing = store.advance(seen, MigrationState.COMMITTING, null, Map.of());
      AtomicBoolean asked = new AtomicBoolean();
      @Nullable Long since;
      @Nullable Migration committed;
      try {
        Ledger ledger = Ledger.takeOver(ends.to(), committing);
        ledger.requireComplete(ends.to(), plan);
        ends.fenceFrom(committing).takeOver(State.OPEN);
        ends.fenceTo(committing).takeOver(State.CLOSED);
        Map<String, Object> detail = Map.of("rows", ledger.checkpoints().totals(ends.to()).rows());
        Switched<Migration> switched =
            run(
                ends,
                committing,
                plan,
                ledger.chunks(ends.to()),
                () -> plans.requireUnchanged(committing, plan, ends.from(), ends.to()),
                pinned ->
                    pinned
                        .flip()
                        .forth(
                            committing,
                            detail,
                            config.cutover().pauseBudget(),
                            () -> asked.set(true)));
        since = switched.since();
        committed = switched.result();
      } catch (RuntimeException | Error e) {
        committed = settle(committing, MigrationState.READY_TO_COMMIT, Side.SOURCE, asked.get(), e);
        if (committed == null) {
          throw e;
        }
        since = null;
      }
      return finish(committed, plan, ends, since);
    }
  }

  /** The last steps of a commit, which another process may have left. */
  Migration finish(Migration committed) {
    Plan plan = plans.stored(committed);
    try (Ends ends = Ends.forth(config, committed)) {
      return finish(committed, plan, ends, null);
    }
  }

  /** Of what another process began it is not known since when writers were held up. */
  private Migration finish(Migration committed, Plan plan, Ends ends, @Nullable Long since) {
    ends.fenceTo(committed).open(config.cutover().soak());
    Map<String, Object> pause =
        since == null
            ? Map.of()
            : Map.of(MigrationReport.PAUSE, (System.nanoTime() - since) / 1_000_000);
    ends.fenceFrom(committed).close();
    ends.slotFrom(committed).drop();
    new ChangeLog(ends.from(), committed).clear();
    if (config.cutover().soak().isZero()) {
      ends.gatesTo(committed, plan).lower();
    }
    return store.opened(committed, pause);
  }

  /**
   * Takes a commit back: the tenant's home is the source again, with what it has written since.
   * What is left to do is what a rollback does.
   *
   * @throws WrongState if the soak is over, or the old copy is being purged
   */
  Migration takeBack(Migration seen) {
    Plan plan = plans.stored(seen);
    try (Ends ends = Ends.back(config, seen)) {
      requireReturnable(seen, ends);
      Migration returning = store.advance(seen, MigrationState.RETURNING, null, Map.of());
      AtomicBoolean asked = new AtomicBoolean();
      @Nullable Migration back;
      try {
        Fence target = ends.fenceFrom(returning);
        target.takeOver(State.CLOSED);
        ends.fenceTo(returning).takeOver(State.CLOSED);
        requireReturnable(returning, ends);
        target.keepNoting();
        plans.requireUnchanged(returning, plan, ends.to(), ends.from());
        Plan reversed = plans.reversed(returning, plan, ends.to(), ends.from());
        back =
            run(
                    ends,
                    returning,
                    reversed,
                    Ledger.read(returning).chunks(ends.from()).stream()
                        .map(chunk -> chunk.atSource(plan))
                        .toList(),
                    () -> plans.requireUnchanged(returning, plan, ends.to(), ends.from()),
                    pinned ->
                        pinned
                            .flip()
                            .back(
                                returning,
                                Map.of(),
                                config.cutover().pauseBudget(),
                                () -> asked.set(true)))
                .result();
      } catch (RuntimeException | Error e) {
        back = settle(returning, MigrationState.COMMITTED, Side.TARGET, asked.get(), e);
        if (back == null) {
          throw e;
        }
      }
      Fence source = ends.fenceTo(back);
      source.lower();
      ends.fenceFrom(back).close();
      new ChangeLog(ends.from(), back).clear();
      return back;
    }
  }

  private static void requireReturnable(Migration migration, Ends ends) {
    boolean noted = ends.fenceFrom(migration).isNoting();
    boolean there = ends.fenceTo(migration).state().filter(s -> s == State.CLOSED).isPresent();
    if (!noted || !there) {
      throw new WrongState(
          migration
              + " is committed and final, since "
              + (there
                  ? "the time in which it could be taken back is over"
                  : "the old copy is being purged")
              + "; purge the old copy, then move the tenant back to "
              + migration.source());
    }
  }

  private Switched<Migration> run(
      Ends ends,
      Migration migration,
      Plan plan,
      List<Chunk> chunks,
      Runnable check,
      Function<MigrationStore, Migration> flip) {
    Gates gates = ends.gatesFrom(migration, plan);
    try (Notes notes = ends.notesFrom(migration);
        RealmSession one = Realms.open(config, migration.source());
        RealmSession other = Realms.open(config, migration.target())) {
      Cutover cutover = cutover(ends, migration, plan, chunks, notes);
      return store.onOneConnection(
          pinned ->
              cutover.run(
                  List.of(one, other),
                  () -> {
                    gates.requireStanding();
                    check.run();
                  },
                  () -> flip.apply(pinned)));
    }
  }

  /** What takes changes along in the direction of the ends. */
  Cutover cutover(Ends ends, Migration migration, Plan plan, List<Chunk> chunks, Notes notes) {
    Fence guard = ends.fenceTo(migration);
    Drain drain = new Drain(migration, ends.from(), ends.to(), plan, guard::guard, notes);
    drain.prepare();
    WholeTables wholeTables =
        new WholeTables(
            migration,
            plan,
            ends.from(),
            ends.gatesFrom(migration, plan),
            drain,
            chunks,
            () -> ends.workers(migration));
    return new Cutover(
        migration, plan, ends.fenceFrom(migration), drain, wholeTables, config.cutover());
  }

  /**
   * Decides what a switch has come to that failed. Only a process that holds the migration's epoch
   * can flip; so if it has not asked for that, or has made sure that it can no more, the tenant is
   * served where it was.
   *
   * @param before the state to go back to
   * @param frozen where the tenant may be frozen
   * @param asked whether the control database was asked to flip; its answer may have been lost
   * @return the migration, if it was flipped after all
   */
  private @Nullable Migration settle(
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
        pause();
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

  private static void pause() {
    try {
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
