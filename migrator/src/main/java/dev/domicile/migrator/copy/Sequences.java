package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.FedColumn;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.SequenceState;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the target's sequences past every id of the tenant at the source, in steps of their own
 * increment, so that realms which hand out disjoint ids keep doing so.
 */
public final class Sequences {
  private static final Logger LOG = LoggerFactory.getLogger(Sequences.class);
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
        workers.several(plan.tables()),
        (source, target, tables) -> new Sequences(source, target, plan).advance(tables));
  }

  private void advance(List<TablePlan> tables) {
    List<FedColumn> all = FedColumn.read(target, tables);
    List<OptionalLong> highest =
        source.onlyRows(
            all.stream().map(this::highestPast).toList(),
            row -> {
              long id = row.getLong(1);
              return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(id);
            });
    for (int i = 0; i < all.size(); i++) {
      FedColumn fed = all.get(i);
      highest.get(i).ifPresent(id -> advance(fed.sequence(), id + fed.column().shift(), 0));
    }
  }

  /** Looks how far the sequences are, so that {@link #advancePast} need not. */
  public void look() {
    for (FedColumn fed : FedColumn.read(target, plan.tables())) {
      if (fed.state().called()) {
        reached.put(fed.sequence(), fed.state().last());
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

  /** The query for the highest id that the sequence is not past, which few are. */
  private String highestPast(FedColumn fed) {
    TenantRows rows = new TenantRows(plan, fed.table());
    return "SELECT max(t.%1$s)::bigint FROM %2$s WHERE %3$s AND t.%1$s >= %4$s"
        .formatted(
            Identifiers.quote(fed.column().name()),
            rows.from(),
            rows.where(),
            BigInteger.valueOf(fed.state().last())
                .subtract(BigInteger.valueOf(fed.column().shift())));
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
