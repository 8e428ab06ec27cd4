package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.cutover.ChangeLog.Batch;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Takes along tables any of whose rows may have changed: after TRUNCATE, after a row that they hang
 * from has changed hands, after they were rewritten. They are compared chunk by chunk; what differs
 * is taken along with all other changes, in one transaction, so that rows find those that they
 * refer to.
 */
public final class WholeTables {
  private final Plan plan;
  private final RealmSession from;
  private final ChangeLog log;
  private final Drain drain;
  private final List<Chunk> chunks;
  private final Supplier<Workers> workers;

  /**
   * From one end of a migration to the other.
   *
   * @param drain from there to the other end
   * @param chunks all chunks of the copy
   * @param workers who compares; opened when needed, which is seldom
   */
  public WholeTables(
      Migration migration,
      Plan plan,
      RealmSession from,
      Drain drain,
      List<Chunk> chunks,
      Supplier<Workers> workers) {
    this.plan = plan;
    this.from = from;
    this.log = new ChangeLog(from, migration);
    this.drain = drain;
    this.chunks = chunks;
    this.workers = workers;
  }

  /**
   * Takes along those that are noted. Where others are noted meanwhile that what is seen then does
   * not fit without, all are left to the next time.
   */
  void takeAlong() {
    Optional<Batch> noted = noted();
    if (noted.isEmpty()) {
      return;
    }
    awaitWriters(from, noted.get());
    List<Chunk> differing = compare(noted.get());
    try {
      drain.forget(drain.runAll(differing));
    } catch (StatementFailed | VerificationFailed e) {
      if (Attempt.isConflict(e) && isMoreThan(noted.get())) {
        return;
      }
      throw e;
    }
    log.forgetTables(noted.get());
  }

  /**
   * Takes along all that one snapshot shows. It compares within that snapshot, over one session.
   */
  void takeAllAlong() {
    Optional<Batch> noted = noted();
    noted.ifPresent(batch -> awaitWriters(from, batch));
    drain.forget(
        from.snapshot(
            () ->
                drain.runAllSeen(
                    noted().stream()
                        .flatMap(this::chunks)
                        .filter(chunk -> drain.differs(chunk, Runnable::run))
                        .toList())));
    // Of those that were noted later writers may be in flight.
    noted.ifPresent(log::forgetTables);
  }

  private Optional<Batch> noted() {
    return log.wholeTables(plan.tables().stream().map(TablePlan::name).toList());
  }

  private boolean isMoreThan(Batch noted) {
    return noted().filter(now -> now.entries() > noted.entries()).isPresent();
  }

  private Stream<Chunk> chunks(Batch noted) {
    return chunks.stream().filter(chunk -> noted.whole().contains(chunk.table()));
  }

  /**
   * Waits for who did not see yet that a row has changed hands: they may have written below it
   * without a note.
   */
  static void awaitWriters(RealmSession session, Batch noted) {
    new Lockers(session).await(TableFiles.relations(session, noted.whole().stream()));
  }

  private List<Chunk> compare(Batch batch) {
    try (Workers opened = workers.get()) {
      return new Comparison(plan, Progress.Listener.NONE)
          .compare(chunks(batch).toList(), opened)
          .differing();
    }
  }
}
