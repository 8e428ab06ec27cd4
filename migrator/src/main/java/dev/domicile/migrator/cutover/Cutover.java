package dev.domicile.migrator.cutover;

import dev.domicile.migrator.CutoverSettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.cutover.Drain.Drained;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.Pause;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches a tenant's home from one end of a migration to the other: takes noted changes along
 * until little is left, freezes the tenant, takes the rest along, and lets the caller flip the
 * route. The way back is the same with the ends exchanged.
 *
 * <p>All that takes time and can be done before is done before the freeze. What could go on while
 * the tenant is frozen for longer than the budget is given up: the tenant is served where it was,
 * and the switch is tried again.
 */
public final class Cutover {
  private static final Logger LOG = LoggerFactory.getLogger(Cutover.class);

  /** The part of the budget that the rest may take, by the measure of the round before. */
  private static final int PART_OF_BUDGET = 2;

  /** The part of the budget below which another round is not worth it. */
  private static final int LITTLE = 8;

  /** A round that does not take this much less time than the best one has gained nothing. */
  private static final double GAIN = 0.9;

  private static final int FUTILE_ROUNDS = 2;
  private static final Duration DDL_PATIENCE = Duration.ofSeconds(2);

  private final Migration migration;
  private final Plan plan;
  private final Fence fence;
  private final Drain drain;
  private final WholeTables wholeTables;
  private final CutoverSettings settings;

  /**
   * A switch of one migration.
   *
   * @param plan how rows move in that direction
   * @param fence the fence where the tenant leaves
   * @param drain from there to the other end
   */
  public Cutover(
      Migration migration,
      Plan plan,
      Fence fence,
      Drain drain,
      WholeTables wholeTables,
      CutoverSettings settings) {
    this.migration = migration;
    this.plan = plan;
    this.fence = fence;
    this.drain = drain;
    this.wholeTables = wholeTables;
    this.settings = settings;
  }

  /**
   * What a switch has come to.
   *
   * @param result what the flip returned
   * @param since since when writers have been held up, as {@link System#nanoTime()}
   */
  public record Switched<T>(T result, long since) {}

  /**
   * What one round has taken along.
   *
   * @param changes how many
   * @param nanos how long it took, and so how much may have come meanwhile
   * @param complete whether nothing else was to be seen in the end
   */
  private record Round(long changes, long nanos, boolean complete) {}

  /**
   * Takes changes along until what is left would fit into a pause, or as far as the tenant lets it:
   * it ends as well where the tenant goes on writing faster than that. In any case the other end
   * holds one state of the data.
   */
  public void catchUp() {
    Round last = rounds();
    if (!last.complete()) {
      // Batches are not one state of the data; what a snapshot shows is.
      wholeTables.takeAllAlong();
    }
    if (!fits(last)) {
      LOG.warn(
          "{} cannot be committed before it writes less: {}; its status shows the lag",
          migration,
          outrun(last));
    }
  }

  /**
   * Takes changes along until what is left fits into the pause.
   *
   * @throws CutoverTimedOut if the tenant writes faster than that
   */
  private void requireCaughtUp() {
    Round last = rounds();
    if (!fits(last)) {
      throw new CutoverTimedOut(outrun(last) + "; try again when it writes less");
    }
  }

  /**
   * Rounds until one takes little. Each takes along what was noted before it, so it takes less time
   * than the one before if the tenant writes slower than that. One that gains nothing ends it;
   * where all are short, which chance may lengthen, some do.
   */
  private Round rounds() {
    long little = settings.pauseBudget().toNanos() / LITTLE;
    long best = Long.MAX_VALUE;
    long futile = 0;
    Round round;
    drain.awaitNotes();
    do {
      round = round();
      if (round.complete() && round.nanos() <= little) {
        return round;
      }
      if (round.nanos() < shorter(best)) {
        best = round.nanos();
        futile = 0;
      } else {
        futile += round.nanos();
      }
    } while (futile < Math.max(shorter(best), FUTILE_ROUNDS * little));
    return round;
  }

  private static long shorter(long nanos) {
    return (long) (nanos * GAIN);
  }

  private boolean fits(Round round) {
    return round.complete() && round.nanos() <= settings.pauseBudget().toNanos() / PART_OF_BUDGET;
  }

  private String outrun(Round last) {
    return "tenant '%s' writes faster than its changes can be taken along: %d in %.1f s, and as many have come meanwhile"
        .formatted(migration.tenant(), last.changes(), last.nanos() / 1e9);
  }

  /**
   * Freezes the tenant, takes the rest along, and flips.
   *
   * @param holders a session to either end, to keep the tables as they are
   * @param check what else must hold; it has its time before the freeze
   * @param flip the flip. What becomes of the freeze if it fails is the caller's business, since
   *     its answer may be lost, and so it is after an {@link Error}, which may leave a session in
   *     the middle of a statement; whatever else fails before, the tenant is served again
   * @throws CutoverTimedOut if it did not come to a flip within the budget, however often tried
   */
  public <T> Switched<T> run(List<RealmSession> holders, Runnable check, Supplier<T> flip) {
    drain.prepareForAll();
    for (int attempt = 1; ; attempt++) {
      try {
        requireCaughtUp();
        return holding(holders, () -> attempt(check, flip));
      } catch (CutoverTimedOut e) {
        if (attempt >= settings.attempts()) {
          throw e;
        }
        LOG.warn("{} is not switched yet: {}", migration, e.getMessage());
        Pause.ofMillis(settings.pauseBudget().toMillis() * attempt / 2);
      }
    }
  }

  private <T> Switched<T> attempt(Runnable check, Supplier<T> flip) {
    check.run();
    requireCaughtUp();
    long end = System.nanoTime() + settings.pauseBudget().toNanos();
    Frozen frozen = freezeAndDrain(end);
    long drained = System.nanoTime();
    T flipped = flip.get();
    LOG.info(
        "{} is switched: {} ms for writers in flight, {} ms for {} changes, {} ms for the route",
        migration,
        millis(frozen.since(), frozen.at()),
        millis(frozen.at(), drained),
        frozen.changes(),
        millis(drained, System.nanoTime()));
    return new Switched<>(flipped, frozen.since());
  }

  private static long millis(long from, long to) {
    return TimeUnit.NANOSECONDS.toMillis(to - from);
  }

  /**
   * What a freeze has come to.
   *
   * @param since since when writers have been held up
   * @param at when those in flight were over
   * @param changes how many were taken along after that
   */
  private record Frozen(long since, long at, long changes) {}

  private Frozen freezeAndDrain(long end) {
    try {
      long since = fence.freeze(settings.pauseBudget());
      long at = System.nanoTime();
      Drained rest = drain.run(Duration.ofNanos(Math.max(1, end - at)));
      if (!rest.complete() || !rest.whole().isEmpty()) {
        throw new CutoverTimedOut(
            "rows of tenant '"
                + migration.tenant()
                + "' changed hands, or too many changed, at"
                + " the last moment; try again");
      }
      if (System.nanoTime() > end) {
        throw new CutoverTimedOut(
            "tenant '"
                + migration.tenant()
                + "' could not be switched within "
                + settings.pauseBudget()
                + "; try again, or raise cutover.pauseBudget");
      }
      return new Frozen(since, at, rest.changes());
    } catch (RuntimeException e) {
      thaw(e);
      throw e;
    }
  }

  private void thaw(RuntimeException error) {
    try {
      fence.thaw();
    } catch (MigrationException e) {
      error.addSuppressed(e);
    }
  }

  private Round round() {
    long began = System.nanoTime();
    wholeTables.takeAlong();
    long newest = drain.newest();
    long changes = 0;
    Drained drained;
    do {
      drained = drain.run();
      drain.forget(drained);
      changes += drained.changes();
    } while (drained.batch() != null && !drained.complete() && drained.last() < newest);
    return new Round(changes, System.nanoTime() - began, drained.complete());
  }

  /** Nobody changes or rewrites a table between the look at it and the flip. */
  private <T> T holding(List<RealmSession> holders, Supplier<T> work) {
    Supplier<T> held = work;
    for (RealmSession holder : holders) {
      Supplier<T> inner = held;
      held = () -> holding(holder, inner);
    }
    return held.get();
  }

  private <T> T holding(RealmSession holder, Supplier<T> work) {
    return holder.transaction(
        () -> {
          try {
            holder.execute("SET LOCAL lock_timeout = " + DDL_PATIENCE.toMillis());
            holder.execute(
                plan.tables().stream()
                    .map(table -> table.name().sql())
                    .collect(Collectors.joining(", ", "LOCK TABLE ", " IN ACCESS SHARE MODE")));
          } catch (StatementFailed e) {
            if (!e.sqlState().equals("55P03")) {
              throw e;
            }
            throw new CutoverTimedOut(
                "a table of tenant '"
                    + migration.tenant()
                    + "' is being changed in "
                    + holder.name()
                    + "; try again when that is done",
                e);
          }
          return work.get();
        });
  }
}
