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
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

  private final Migration migration;
  private final RealmSession from;
  private final RealmSession to;
  private final Plan plan;
  private final Runnable guard;
  private final Set<TableName> names;
  private final boolean late;
  private final Notes notes;
  private final ChangeLog log;
  private final Sequences sequences;
  private final Map<TableName, Integer> numbers = new HashMap<>();
  private final List<ChangedRows> tables;
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
    this.migration = migration;
    this.from = from;
    this.to = to;
    this.plan = plan;
    this.guard = guard;
    this.notes = notes;
    this.log = new ChangeLog(from, migration, notes);
    this.sequences = new Sequences(from, to, plan);
    for (TablePlan table : plan.tables()) {
      numbers.put(table.name(), numbers.size());
    }
    this.tables =
        IntStream.range(0, plan.tables().size())
            .mapToObj(i -> new ChangedRows(plan, plan.tables().get(i), i, late))
            .toList();
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

  /** Creates what the work needs at the other end, before time is short. */
  public void prepare() {
    to.execute(
        Stream.concat(
                Stream.of(ChangedRows.createStaged()), tables.stream().map(ChangedRows::createType))
            .collect(Collectors.joining("; ")));
    notes.prepare(from);
    sequences.look();
    attempts = Attempt.inOrder(Cascades.follow(to, plan));
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
    return to.transaction(
        () -> {
          to.execute(BY_KEY + "; SET CONSTRAINTS ALL DEFERRED");
          guard.run();
          Triggers.off(to, plan);
          stage(changed, drained.batch(), anew);
          to.execute(String.join(";\n", statements(changed, next)));
          // While rows are copied, those that others refer to may come later.
          return check(changed, late && drained.complete());
        });
  }

  private void stage(List<TablePlan> changed, @Nullable Batch batch, List<Chunk> anew) {
    String read =
        changed.stream()
            .map(table -> rows(table).read(keys(table, batch, anew)))
            .collect(Collectors.joining(" UNION ALL "));
    CopyPipe.run(
        from, "COPY (" + read + ") TO STDOUT", to, "COPY " + ChangedRows.STAGED + " FROM STDIN");
    for (Chunk chunk : anew) {
      TablePlan table = plan.table(chunk.table());
      if (!table.key().isEmpty()) {
        to.execute(rows(table).stageWhatIsGone(chunk.range()));
      }
    }
  }

  /** The query for all keys of the table that are to be looked at, each once. */
  private String keys(TablePlan table, @Nullable Batch batch, List<Chunk> anew) {
    Stream<String> noted =
        batch == null || !batch.tables().contains(table.name())
            ? Stream.empty()
            : Stream.of(ChangeLog.keys(migration, table.name(), batch));
    Stream<String> whole =
        anew.stream()
            .filter(chunk -> chunk.table().equals(table.name()) && !table.key().isEmpty())
            .map(chunk -> rows(table).keys(chunk.range()));
    return Stream.concat(noted, whole).collect(Collectors.joining(" UNION "));
  }

  /** Rows go before those that they refer to, and come after them. */
  private List<String> statements(List<TablePlan> changed, Attempt next) {
    Map<TableName, Integer> depths = plan.referenceDepths();
    List<TablePlan> parentsFirst = new ArrayList<>(changed);
    parentsFirst.sort(Comparator.comparing(table -> depths.get(table.name())));
    List<TablePlan> childrenFirst = new ArrayList<>(parentsFirst);
    Collections.reverse(childrenFirst);
    List<String> deletes = new ArrayList<>();
    childrenFirst.forEach(table -> deletes.addAll(rows(table).unlink()));
    childrenFirst.forEach(table -> deletes.add(rows(table).delete()));
    List<String> writes = new ArrayList<>();
    for (TablePlan table : parentsFirst) {
      writes.addAll(next.addFirst() ? List.of() : rows(table).update());
      writes.add(rows(table).add());
      writes.addAll(next.addFirst() ? rows(table).update() : List.of());
    }
    parentsFirst.forEach(table -> writes.addAll(rows(table).updateLate()));
    List<String> statements = new ArrayList<>(next.deleteLast() ? writes : deletes);
    statements.addAll(next.deleteLast() ? deletes : writes);
    return statements;
  }

  /** Returns the highest value that has arrived, for each sequence that one has arrived for. */
  private Map<String, Long> check(List<TablePlan> changed, boolean complete) {
    Map<String, Long> arrived = new HashMap<>();
    String query =
        changed.stream()
            .flatMap(table -> rows(table).checks(complete).stream())
            .collect(Collectors.joining(" UNION ALL "));
    List<Finding> findings =
        to.query(
            query,
            row ->
                new Finding(
                    plan.tables().get(row.getInt(1)),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4)));
    for (Finding finding : findings) {
      if (finding.kind().equals(ChangedRows.SEQUENCE)) {
        if (finding.number() > 0) {
          arrived.merge(finding.subject(), finding.number(), Math::max);
        }
      } else if (finding.number() > 0) {
        throw new VerificationFailed(finding.describe(plan.target()));
      }
    }
    return arrived;
  }

  /**
   * Whether a chunk's rows are others at the two ends.
   *
   * @param executor where the one end is asked while the other one is
   */
  boolean differs(Chunk chunk, Executor executor) {
    return !BothEnds.of(from, to, rows(plan.table(chunk.table())).rows(), chunk.range(), executor)
        .equal();
  }

  private static String notTaken(long rows, TableName table, String realm) {
    return rows
        + " changed rows of "
        + table
        + " could not be taken along, or not unchanged: their keys are taken in "
        + realm
        + ", or a trigger there changes them; free the keys, or roll back";
  }

  private ChangedRows rows(TablePlan table) {
    return tables.get(Objects.requireNonNull(numbers.get(table.name())));
  }

  private record Finding(TablePlan table, String kind, String subject, long number) {
    String describe(String realm) {
      return kind.equals(ChangedRows.DANGLING)
          ? number
              + " changed rows of "
              + table.name()
              + " refer over "
              + subject
              + " to rows that are not in "
              + realm
              + "; load those, or roll back"
          : notTaken(number, table.name(), realm);
    }
  }
}
