package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.copy.Alignment;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.cutover.ChangeLog.Batch;
import dev.domicile.migrator.cutover.Drain.Drained;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * Brings what is copied to the state that one snapshot of the source shows, by its notes, and lets
 * a chunk be copied from the same snapshot: whatever its rows refer to is there then, and whatever
 * is gone that was in their way.
 *
 * <p>Tables of which nothing is in need no draining, since their chunks are read later.
 */
public final class OneState implements Alignment {
  private final Migration migration;
  private final Plan plan;
  private final Executor threads;
  private final Notes notes;

  /**
   * For the copy of one migration.
   *
   * @param threads where a source is asked while its target is
   * @param notes how noted changes are to be seen at the source
   */
  public OneState(Migration migration, Plan plan, Executor threads, Notes notes) {
    this.migration = migration;
    this.plan = plan;
    this.threads = threads;
    this.notes = notes;
  }

  /** Changes that come by logical decoding are not known yet when the snapshot is taken. */
  @Override
  public boolean isStill(RealmSession source, Set<TableName> tables) {
    return notes == Notes.DIRECT && !new ChangeLog(source, migration).isAnyNoted(tables);
  }

  @Override
  public <T> T align(
      RealmSession source,
      RealmSession target,
      Ledger ledger,
      boolean late,
      RealmSession.Work<T> work) {
    Set<TableName> copied = ledger.checkpoints().copiedTables(target);
    Fence fence = new Fence(target, migration, Side.TARGET);
    Drain drain =
        new Drain(
            migration,
            source,
            target,
            plan,
            () -> {
              fence.guard();
              ledger.lease().guardAlone(target);
            },
            notes,
            copied,
            late);
    drain.prepare();
    ChangeLog log = new ChangeLog(source, migration);
    Optional<Batch> whole = log.wholeTables(copied);
    whole.ifPresent(noted -> WholeTables.awaitWriters(source, noted));
    Done<T> done =
        source.snapshot(
            () -> {
              List<Chunk> differing =
                  log.wholeTables(copied).stream()
                      .flatMap(noted -> copied(ledger, target, noted))
                      .filter(chunk -> drain.differs(chunk, threads))
                      .toList();
              Drained drained = drain.runAllSeen(differing);
              return new Done<>(work.run(), drained);
            });
    drain.forget(done.drained());
    // Of those that were noted later writers may be in flight.
    whole.ifPresent(log::forgetTables);
    return done.result();
  }

  private static Stream<Chunk> copied(Ledger ledger, RealmSession target, Batch noted) {
    return ledger.copied(target).stream().filter(chunk -> noted.whole().contains(chunk.table()));
  }

  private record Done<T>(T result, Drained drained) {}
}
