package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.SequenceState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the target's sequences past every id of the tenant at the source, in steps of their own
 * increment, so that realms which hand out disjoint ids keep doing so.
 */
public final class Sequences {
  private static final Logger LOG = LoggerFactory.getLogger(Sequences.class);
  private static final Set<String> INTEGERS = Set.of("smallint", "integer", "bigint");
  private static final long ROOM = 1_000;

  private final RealmSession source;
  private final RealmSession target;
  private final Plan plan;
  private final Map<String, Long> reached = new HashMap<>();

  /** Over sessions outside any transaction. */
  public Sequences(RealmSession source, RealmSession target, Plan plan) {
    this.source = source;
    this.target = target;
    this.plan = plan;
  }

  /** Advances each sequence that feeds a copied column. */
  public static void advance(Plan plan, Workers workers) {
    workers.forEach(
        plan.tables(),
        (source, target, table) -> new Sequences(source, target, plan).advance(table));
  }

  private void advance(TablePlan table) {
    for (PlannedColumn column : table.columns()) {
      String sequence = column.sequence();
      if (sequence != null && feeds(column)) {
        SequenceState state = SequenceState.read(target, sequence);
        highestPast(state.last(), table, column).ifPresent(id -> advance(sequence, id, 0));
      }
    }
  }

  /** Whether a sequence of the target feeds the column. */
  public static boolean feeds(PlannedColumn column) {
    return column.sequence() != null && INTEGERS.contains(column.type());
  }

  /** Looks how far the sequences are, so that {@link #advancePast} need not. */
  public void look() {
    for (TablePlan table : plan.tables()) {
      for (PlannedColumn column : table.columns()) {
        if (feeds(column)) {
          String sequence = String.valueOf(column.sequence());
          SequenceState state = SequenceState.read(target, sequence);
          if (state.called()) {
            reached.put(sequence, state.last());
          }
        }
      }
    }
  }

  /**
   * Advances a sequence past an id that has arrived, with room for more: where ids go on arriving,
   * it is seldom needed again.
   */
  public void advancePast(String sequence, long id) {
    if (reached.getOrDefault(sequence, Long.MIN_VALUE) < id) {
      advance(sequence, id, ROOM);
      reached.merge(sequence, id, Math::max);
    }
  }

  /** The highest id from that value on, which few rows have once the sequence was advanced. */
  private OptionalLong highestPast(long last, TablePlan table, PlannedColumn column) {
    TenantRows rows = new TenantRows(plan, table);
    return source
        .first(
            "SELECT max(t.%1$s)::bigint FROM %2$s WHERE %3$s AND t.%1$s >= %4$s"
                .formatted(
                    Identifiers.quote(column.name()),
                    rows.from(),
                    rows.where(),
                    BigInteger.valueOf(last).subtract(BigInteger.valueOf(column.shift()))),
            row -> {
              long id = row.getLong(1) + column.shift();
              return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(id);
            })
        .orElseThrow();
  }

  private void advance(String sequence, long highest, long room) {
    target.transaction(
        () -> {
          boolean locked = SequenceState.lock(target, sequence);
          SequenceState state = SequenceState.read(target, sequence);
          if (state.isBehind(highest)) {
            long value = state.valueAtOrPast(highest, room);
            target.execute("SELECT setval(%s, %d)".formatted(Identifiers.literal(sequence), value));
            reached.put(sequence, value);
            if (!locked) {
              LOG.warn(
                  "Sequence {} was advanced without a lock, since it belongs to another role",
                  sequence);
            }
          }
          return true;
        });
  }
}
