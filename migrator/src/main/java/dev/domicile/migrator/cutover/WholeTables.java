package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.cutover.ChangeLog.Batch;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Takes along tables any of whose rows may have changed: after TRUNCATE, after a row that they hang
 * from has changed hands, after they were rewritten. They are compared chunk by chunk.
 */
public final class WholeTables {
  private final Migration migration;
  private final Plan plan;
  private final RealmSession from;
  private final Gates gates;
  private final CatchUp catchUp;
  private final List<Chunk> chunks;
  private final Supplier<Workers> workers;

  /**
   * From one end of a migration to the other.
   *
   * @param gates those where the rows come from
   * @param chunks all chunks of the copy
   * @param workers who compares; opened when needed, which is seldom
   */
  public WholeTables(
      Migration migration,
      Plan plan,
      RealmSession from,
      Gates gates,
      CatchUp catchUp,
      List<Chunk> chunks,
      Supplier<Workers> workers) {
    this.migration = migration;
    this.plan = plan;
    this.from = from;
    this.gates = gates;
    this.catchUp = catchUp;
    this.chunks = chunks;
    this.workers = workers;
  }

  /**
   * Takes along those that are noted.
   *
   * @param rows takes along the changes of single rows: the rows that these hang from go after
   *     them, and come before
   */
  void takeAlong(Runnable rows) {
    ChangeLog log = new ChangeLog(from, migration);
    Optional<Batch> noted = log.wholeTables();
    if (noted.isEmpty()) {
      return;
    }
    Batch batch = noted.get();
    // Who did not see yet that a row has changed hands may have written below it without a note.
    new Lockers(from)
        .await(batch.whole().stream().flatMap(name -> gates.relations(name).stream()).toList());
    List<Chunk> differing = compare(batch);
    catchUp.delete(differing);
    rows.run();
    catchUp.write(differing);
    log.forgetTables(batch, batch.whole());
  }

  private List<Chunk> compare(Batch batch) {
    List<Chunk> noted = chunks.stream().filter(c -> batch.whole().contains(c.table())).toList();
    try (Workers opened = workers.get()) {
      return new Comparison(plan, Progress.Listener.NONE).compare(noted, opened).differing();
    }
  }
}
