package dev.domicile.migrator;

import dev.domicile.migrator.copy.Tally;
import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Fence.State;
import dev.domicile.migrator.cutover.Gates;
import dev.domicile.migrator.cutover.Slot;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.router.Realm;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes down fences that have done their work, and what processes that died have left of them. */
final class OldFences {
  private static final Logger LOG = LoggerFactory.getLogger(OldFences.class);

  private final MigratorConfig config;
  private final InstantSource clock;
  private final MigrationStore store;

  OldFences(MigratorConfig config, InstantSource clock, MigrationStore store) {
    this.config = config;
    this.clock = clock;
    this.store = store;
  }

  /** Takes a fence down at one end: its gates, and the changes that nobody wants any more. */
  static void takeDown(RealmSession session, Migration migration, Plan plan, Side side) {
    Fence fence = new Fence(session, migration, side);
    // A process that is late finds a later epoch here, even where there was no fence before.
    fence.takeOver(State.LOWERED);
    fence.lower();
    new Slot(session, migration, fence).drop();
    new Gates(session, migration, plan, fence).lower();
    new ChangeLog(session, migration).clear();
    if (side == Side.SOURCE) {
      new Tally(migration).forget(session);
    }
  }

  /**
   * Takes down both fences of a migration that is over and has left no old copy. If its commit was
   * taken back, the target stays closed for the retention, to nodes that still have that route.
   */
  void lower(Migration over) {
    boolean lowered = lower(over, Side.SOURCE);
    if (over.state() == MigrationState.PURGED || isForgotten(over)) {
      lowered &= lower(over, Side.TARGET);
      if (lowered && over.state() == MigrationState.ROLLED_BACK) {
        store.fencesDown(over);
      }
    }
  }

  /** Takes down what was kept of commits that were taken back and whose retention is over. */
  void lowerForgotten() {
    for (Migration over : store.known().takenBack(clock.instant().minus(config.retention()))) {
      try {
        lower(over);
      } catch (MigrationException e) {
        LOG.warn("The fences of {} are taken down later: {}", over, e.getMessage());
      }
    }
  }

  /**
   * Drops replication slots that hold a realm's log back for a migration that does not need them.
   */
  void dropUnknownSlots() {
    for (Realm realm : config.realms().keySet()) {
      try (RealmSession session = Realms.open(config, realm)) {
        Slot.dropUnknown(session);
      } catch (MigrationException e) {
        LOG.warn("Replication slots in {} are looked for later: {}", realm, e.getMessage());
      }
    }
  }

  /** Whether no node can have a route to the target any more, where the tenant does not live. */
  boolean isForgotten(Migration rolledBack) {
    Instant committedAt = rolledBack.committedAt();
    return committedAt == null || !clock.instant().isBefore(committedAt.plus(config.retention()));
  }

  /**
   * Takes down what earlier migrations of the tenant may have left in the two realms of this one,
   * and ends the time in which their commits could be taken back.
   */
  void lowerForMove(Migration next) {
    List<Realm> realms = List.of(next.source(), next.target());
    Stream.concat(
            store.known().over(next.tenant()).stream(),
            store.known().unpurged(next.tenant()).stream().filter(old -> old.id() != next.id()))
        .forEach(
            old -> {
              if (realms.contains(old.source()) && old.state() != MigrationState.COMMITTED) {
                lower(old, Side.SOURCE);
              }
              if (realms.contains(old.target())) {
                lower(old, Side.TARGET);
              }
            });
  }

  /** Returns whether there was something to look at. */
  private boolean lower(Migration old, Side side) {
    Realm realm = side == Side.SOURCE ? old.source() : old.target();
    Optional<Plan> plan = store.plan(old).map(Plan::fromJson);
    if (plan.isEmpty() || !config.realms().containsKey(realm)) {
      return false;
    }
    try (RealmSession session = Realms.open(config, realm)) {
      takeDown(session, old, plan.get(), side);
    }
    return true;
  }
}
