package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.BothEnds;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Sequences;
import dev.domicile.migrator.copy.Triggers;
import dev.domicile.migrator.cutover.ChangeLog.Batch;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes noted changes from one end of a migration to the other: reads the rows of the noted keys as
 * they are now, makes the other end equal, compares, and only then forgets the notes. Repeating it
 * does no harm, nor does it matter in which order the changes were made.
 *
 * <p>How often it has to ask a server does not depend on how many tables or rows there are.
 */
public final class Drain {
  // Keys are looked up one by one; no statistics of a temporary table may talk the server out of
  // it.
  private static final String BY_KEY =
      """
      SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
      SET LOCAL enable_mergejoin = off; SET LOCAL jit = off
      """;
  private static final String AS_BEFORE =
      """
      SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_hashjoin TO DEFAULT;
      SET LOCAL enable_mergejoin TO DEFAULT
      """;

  /** Longer than any log takes to be read. */
  private static final Duration PATIENT = Duration.ofDays(1);

  private final RealmSession from;
  private final RealmSession to;
  private final Plan plan;
  private final Runnable guard;
  private final Set<TableName> names;
  private final boolean late;
  private final Notes notes;
  private final ChangeLog log;
  private final Sequences sequences;
  private final Delivery delivery;
  private List<Attempt> attempts = Attempt.inOrder(false);

  /**
   * From the one end to the other.
   *
   * @param plan how rows move in that direction
   * @param guard holds the other end, in the transaction that writes there
   * @param notes how noted changes are to be seen at the one end
   */
  public Drain(
      Migration migration,
      RealmSession from,
      RealmSession to,
      Plan plan,
      Runnable guard,
      Notes notes) {
    this(
        migration,
        from,
        to,
        plan,
        guard,
        notes,
        plan.tables().stream().map(TablePlan::name).collect(Collectors.toSet()),
        true);
  }

  /**
   * The same for some tables.
   *
   * @param late whether references that close a circle are taken along, as they are once all rows
   *     are in
   */
  Drain(
      Migration migration,
      RealmSession from,
      RealmSession to,
      Plan plan,
      Runnable guard,
      Notes notes,
      Set<TableName> names,
      boolean late) {
    this.names = names;
    this.late = late;
    this.from = from;
    this.to = to;
    this.plan = plan;
    this.guard = guard;
    this.notes = notes;
    this.log = new ChangeLog(from, migration, notes);
    this.sequences = new Sequences(from, to, plan);
    this.delivery = new Delivery(migration, from, to, plan, late);
  }

  /**
   * What a drain has done.
   *
   * @param batch the entries, or null if there were none. Of those of whole tables nothing was
   *     taken along
   * @param complete whether those were all that were to be seen
   */
  record Drained(@Nullable Batch batch, boolean complete) {
    /** Nothing, since a table has to be taken along as a whole first. */
    static final Drained NOTHING_YET = new Drained(null, false);

    long changes() {
      return batch == null ? 0 : batch.entries();
    }

    long last() {
      return batch == null ? 0 : batch.last();
    }

    Set<TableName> tables() {
      return batch == null ? Set.of() : batch.tables();
    }

    Set<TableName> whole() {
      return batch == null ? Set.of() : batch.whole();
    }
  }

  /** Looks at what the work depends on, before it is done for the first time. */
  public void prepare() {
    notes.prepare(from);
    sequences.look();
    attempts = Attempt.inOrder(Cascades.follow(to, plan));
  }

  /** Creates what the work may need at the other end, before time is short. */
  void prepareForAll() {
    delivery.prepare(plan.tables());
  }

  /** Waits until what has changed by now is noted. */
  void awaitNotes() {
    notes.await();
  }

  /** The number of the newest change that is to be seen now, 0 if there is none. */
  long newest() {
    return log.newest();
  }

  /** Takes along what is to be seen now, or as much as fits into one batch. */
  Drained run() {
    return run(PATIENT);
  }

  /**
   * The same.
   *
   * @param wait for how long the notes of what is to be seen are waited for
   */
  Drained run(Duration wait) {
    try {
      return Attempt.inTurn(attempts, next -> from.snapshot(() -> run(next, List.of(), wait)));
    } catch (StatementFailed | VerificationFailed e) {
      // What is missing, or in the way, may be of a table that was noted as a whole meanwhile.
      if (Attempt.isConflict(e) && log.wholeTables(names).isPresent()) {
        return Drained.NOTHING_YET;
      }
      throw e;
    }
  }

  /**
   * Takes along all that is to be seen now.
   *
   * @param anew chunks any of whose rows may have changed
   */
  Drained runAll(List<Chunk> anew) {
    return from.snapshot(() -> runAllSeen(anew));
  }

  /** The same with what the running snapshot of the one end shows. */
  Drained runAllSeen(List<Chunk> anew) {
    Drained drained =
        Attempt.inTurn(
            attempts.stream().filter(Attempt::takesAll).toList(), next -> run(next, anew, PATIENT));
    from.execute(AS_BEFORE);
    return drained;
  }

  /** Forgets the notes of changes that are safe at the other end. */
  void forget(Drained drained) {
    if (drained.batch() != null) {
      log.forgetRows(drained.batch());
    }
  }

  private Drained run(Attempt next, List<Chunk> anew, Duration wait) {
    from.execute(BY_KEY);
    @Nullable Batch batch = log.oldest(names, next.limit(), wait).orElse(null);
    Drained drained = new Drained(batch, batch == null || batch.entries() < next.limit());
    List<TablePlan> changed =
        plan.tables().stream()
            .filter(
                table ->
                    drained.tables().contains(table.name())
                        || anew.stream().anyMatch(chunk -> chunk.table().equals(table.name())))
            .toList();
    if (!changed.isEmpty()) {
      takeAlong(changed, drained, anew, next).forEach(sequences::advancePast);
    }
    return drained;
  }

  private Map<String, Long> takeAlong(
      List<TablePlan> changed, Drained drained, List<Chunk> anew, Attempt next) {
    delivery.prepare(changed);
    return to.transaction(
        () -> {
          to.execute(BY_KEY + "; SET CONSTRAINTS ALL DEFERRED");
          guard.run();
          Triggers.off(to, plan);
          // While rows are copied, those that others refer to may come later.
          return delivery.bring(changed, drained.batch(), anew, next, late && drained.complete());
        });
  }

  /**
   * Whether a chunk's rows are others at the two ends.
   *
   * @param executor where the one end is asked while the other one is
   */
  boolean differs(Chunk chunk, Executor executor) {
    return !BothEnds.of(from, to, delivery.rows(chunk.table()), chunk.range(), executor).equal();
  }
}
