package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.SequenceState;
import dev.domicile.migrator.session.RealmSession;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A column of integers that a sequence of the target feeds.
 *
 * @param table its table
 * @param column the column
 * @param state how far the sequence is
 */
public record FedColumn(TablePlan table, PlannedColumn column, SequenceState state) {
  private static final Map<String, Long> LARGEST =
      Map.of(
          "smallint", (long) Short.MAX_VALUE,
          "integer", (long) Integer.MAX_VALUE,
          "bigint", Long.MAX_VALUE);

  /** Those of some tables, in one question. */
  public static List<FedColumn> read(RealmSession target, List<TablePlan> tables) {
    List<Map.Entry<TablePlan, PlannedColumn>> all =
        tables.stream()
            .flatMap(
                table ->
                    table.columns().stream()
                        .filter(FedColumn::isFed)
                        .map(column -> Map.entry(table, column)))
            .toList();
    List<SequenceState> states =
        SequenceState.read(
            target, all.stream().map(each -> String.valueOf(each.getValue().sequence())).toList());
    return IntStream.range(0, all.size())
        .mapToObj(i -> new FedColumn(all.get(i).getKey(), all.get(i).getValue(), states.get(i)))
        .toList();
  }

  /** Whether a column is one. */
  public static boolean isFed(PlannedColumn column) {
    return column.sequence() != null && LARGEST.containsKey(column.type());
  }

  /** The sequence, quoted. */
  public String sequence() {
    return String.valueOf(column.sequence());
  }

  /** The largest number that both take. */
  long largest() {
    return Math.min(state.max(), LARGEST.getOrDefault(column.type(), Long.MAX_VALUE));
  }

  /** How far the sequence is once it is past an id of the source. */
  long reached(long id) {
    return Math.max(state.last(), id + column.shift());
  }
}
