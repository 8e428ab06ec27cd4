package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.Sequences;
import dev.domicile.migrator.copy.Triggers;
import dev.domicile.migrator.cutover.ChangeLog.Batch;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes noted changes from one end of a migration to the other: reads the rows of the noted keys as
 * they are now, makes the other end equal, compares, and only then forgets the notes. Repeating it
 * does no harm, nor does it matter in which order the changes were made.
 *
 * <p>How often it has to ask a server does not depend on how many tables or rows there are.
 */
public final class Drain {
  /** How many entries are taken along at once. */
  static final int BATCH = 5_000;

  private static final Set<String> CONFLICTS = Set.of("23503", "23505");

  // All entries together are one state of the data; a batch may miss what a later one brings.
  private static final List<Try> DELETE_LAST =
      List.of(
          new Try(BATCH, false, true),
          new Try(Integer.MAX_VALUE, false, true),
          new Try(Integer.MAX_VALUE, true, true));
  private static final List<Try> DELETE_FIRST =
      List.of(
          new Try(BATCH, false, false),
          new Try(Integer.MAX_VALUE, false, false),
          new Try(Integer.MAX_VALUE, true, false),
          new Try(Integer.MAX_VALUE, true, true));

  // Keys are looked up one by one; no statistics of a temporary table may talk the server out of
  // it.
  private static final String BY_KEY =
      """
      SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
      SET LOCAL enable_mergejoin = off; SET LOCAL jit = off
      """;

  private final Migration migration;
  private final RealmSession from;
  private final RealmSession to;
  private final Plan plan;
  private final Fence guard;
  private final ChangeLog log;
  private final Sequences sequences;
  private final Map<TableName, Integer> numbers = new HashMap<>();
  private final List<ChangedRows> tables;
  private List<Try> tries = DELETE_LAST;

  /**
   * From the one end to the other.
   *
   * @param plan how rows move in that direction
   * @param guard the fence at the other end; it is held while something is written there
   */
  public Drain(Migration migration, RealmSession from, RealmSession to, Plan plan, Fence guard) {
    this.migration = migration;
    this.from = from;
    this.to = to;
    this.plan = plan;
    this.guard = guard;
    this.log = new ChangeLog(from, migration);
    this.sequences = new Sequences(from, to, plan);
    for (TablePlan table : plan.tables()) {
      numbers.put(table.name(), numbers.size());
    }
    this.tables =
        IntStream.range(0, plan.tables().size())
            .mapToObj(i -> new ChangedRows(plan, plan.tables().get(i), i))
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
    static final Drained NOTHING = new Drained(null, true);

    long changes() {
      return batch == null ? 0 : batch.entries();
    }

    Set<TableName> whole() {
      return batch == null ? Set.of() : batch.whole();
    }
  }

  /** Creates what the work needs at the other end, before time is short. */
  public void prepare() {
    to.execute("DROP TABLE IF EXISTS " + ChangedRows.STAGED + "; " + ChangedRows.createStaged());
    tables.forEach(rows -> to.execute(rows.createType()));
    sequences.look();
    tries = Cascades.follow(to, plan) ? DELETE_LAST : DELETE_FIRST;
  }

  /** Takes along what is to be seen now, or as much as fits into one batch. */
  Drained run() {
    StatementFailed conflict = null;
    for (Try next : tries) {
      try {
        return run(next);
      } catch (StatementFailed e) {
        if (!CONFLICTS.contains(e.sqlState())) {
          throw e;
        }
        if (conflict == null) {
          conflict = e;
        } else {
          conflict.addSuppressed(e);
        }
      }
    }
    throw Objects.requireNonNull(conflict);
  }

  /** Forgets the notes of changes that are safe at the other end. */
  void forget(Drained drained) {
    if (drained.batch() != null) {
      log.forgetRows(drained.batch());
    }
  }

  private Drained run(Try next) {
    return from.snapshot(
        () -> {
          from.execute(BY_KEY);
          Optional<Batch> batch = log.oldest(next.limit());
          if (batch.isEmpty()) {
            return Drained.NOTHING;
          }
          boolean complete = batch.get().entries() < next.limit();
          Map<String, Long> arrived = takeAlong(batch.get(), complete, next);
          arrived.forEach(sequences::advancePast);
          return new Drained(batch.get(), complete);
        });
  }

  private Map<String, Long> takeAlong(Batch batch, boolean complete, Try next) {
    List<TablePlan> changed =
        plan.tables().stream().filter(table -> batch.tables().contains(table.name())).toList();
    if (changed.isEmpty()) {
      return Map.of();
    }
    return to.transaction(
        () -> {
          to.execute(BY_KEY + "; SET CONSTRAINTS ALL DEFERRED");
          guard.guard();
          Triggers.off(to, plan);
          stage(changed, batch);
          to.execute(String.join(";\n", statements(changed, next)));
          return check(changed, complete);
        });
  }

  private void stage(List<TablePlan> changed, Batch batch) {
    String read =
        changed.stream()
            .map(t -> rows(t).read(ChangeLog.keys(migration, t.name(), batch)))
            .collect(Collectors.joining(" UNION ALL "));
    CopyPipe.run(
        from, "COPY (" + read + ") TO STDOUT", to, "COPY " + ChangedRows.STAGED + " FROM STDIN");
  }

  /** Rows go before those that they refer to, and come after them. */
  private List<String> statements(List<TablePlan> changed, Try next) {
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

  static String notTaken(long rows, TableName table, String realm) {
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

  /**
   * A way to apply changes where foreign keys and unique indexes are checked at each statement: no
   * one order of statements suits all changes.
   */
  private record Try(int limit, boolean addFirst, boolean deleteLast) {}

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
