package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.cutover.ChangeLog.Batch;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Brings rows of several tables to the other end: reads what has become of their keys at the one
 * end, stages it at the other one, makes that equal, and looks whether it has worked. The caller
 * holds the snapshot of the one and the transaction of the other.
 */
final class Delivery {
  private final Migration migration;
  private final RealmSession from;
  private final RealmSession to;
  private final Plan plan;
  private final Map<TableName, Integer> numbers = new HashMap<>();
  private final List<ChangedRows> tables;
  private final Set<TableName> prepared = new HashSet<>();

  /**
   * From the one end to the other.
   *
   * @param late whether references that close a circle are taken along
   */
  Delivery(Migration migration, RealmSession from, RealmSession to, Plan plan, boolean late) {
    this.migration = migration;
    this.from = from;
    this.to = to;
    this.plan = plan;
    for (TablePlan table : plan.tables()) {
      numbers.put(table.name(), numbers.size());
    }
    this.tables =
        IntStream.range(0, plan.tables().size())
            .mapToObj(i -> new ChangedRows(plan, plan.tables().get(i), i, late))
            .toList();
  }

  /**
   * Creates what the work needs at the other end, outside any transaction: what one that fails has
   * created is gone.
   */
  void prepare(Collection<TablePlan> changed) {
    List<TablePlan> fresh =
        changed.stream().filter(table -> !prepared.contains(table.name())).toList();
    if (!fresh.isEmpty()) {
      to.execute(
          Stream.concat(
                  Stream.of(ChangedRows.createStaged()),
                  fresh.stream().map(table -> rows(table).createType()))
              .collect(Collectors.joining("; ")));
      fresh.forEach(table -> prepared.add(table.name()));
    }
  }

  /** The rows of a table, as they are taken along. */
  TenantRows rows(TableName table) {
    return rows(plan.table(table)).rows();
  }

  /**
   * Brings the rows of noted keys and of whole chunks.
   *
   * @param changed the tables that they are of
   * @param anew chunks any of whose rows may have changed
   * @param complete whether all that the rows refer to must be there
   * @return the highest value that has arrived, for each sequence that one has arrived for
   */
  Map<String, Long> bring(
      List<TablePlan> changed,
      @Nullable Batch batch,
      List<Chunk> anew,
      Attempt next,
      boolean complete) {
    stage(changed, batch, anew);
    to.execute(String.join(";\n", statements(changed, next)));
    return check(changed, complete);
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
