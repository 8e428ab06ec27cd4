package dev.domicile.migrator.verify;

import dev.domicile.migrator.CopyComparison;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.RowDifference;
import dev.domicile.migrator.copy.BothEnds;
import dev.domicile.migrator.copy.Chunk;
import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.copy.ProgressMeter;
import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Compares both copies of a migration chunk by chunk and names the rows that differ. The chunks
 * cover every key, so that rows which nobody has copied are found too. It can stop at any chunk and
 * be run again.
 */
public final class CopyVerification {
  private final Migration migration;
  private final Plan plan;
  private final int limit;
  private final ProgressMeter meter;
  private final List<RowDifference> differences = new ArrayList<>();
  private boolean more;

  /**
   * A comparison of one migration's copies.
   *
   * @param limit how many rows are named at most
   */
  public CopyVerification(Migration migration, Plan plan, int limit, Progress.Listener listener) {
    this.migration = migration;
    this.plan = plan;
    this.limit = limit;
    this.meter = new ProgressMeter(listener);
  }

  /**
   * Compares the chunks that are in, those left out that an earlier call has found equal.
   *
   * @param target a session of its own, outside any transaction
   */
  public CopyComparison run(RealmSession target, Workers workers) {
    Ledger ledger = Ledger.read(migration);
    List<Chunk> copied = ledger.copied(target);
    VerificationLog log = new VerificationLog(migration);
    VerificationLog.Running running = log.open(target);
    Map<String, Long> done = log.equal(target, running);
    List<Chunk> open =
        copied.stream().filter(c -> !done.containsKey(VerificationLog.name(c))).toList();
    meter.start(Progress.Phase.VERIFY, open);
    LongAdder rows = new LongAdder();
    done.values().forEach(rows::add);
    AtomicInteger differing = new AtomicInteger();
    workers.forEach(
        open,
        (here, there, chunk) -> {
          TenantRows which = new TenantRows(plan, plan.table(chunk.table()));
          BothEnds ends = BothEnds.of(here, there, which, chunk.range(), workers.threads());
          rows.add(ends.source().rows());
          if (ends.equal()) {
            log.noteEqual(there, running, chunk, ends.source());
          } else if (differs(here, there, which, chunk)) {
            differing.incrementAndGet();
          }
          meter.done(chunk, ends.source().rows(), 0);
        });
    String digest = log.digest(target, running);
    log.finish(target, running, copied.size(), rows.sum(), differing.get(), digest);
    return new CopyComparison(
        migration.id(),
        migration.source(),
        migration.target(),
        running.startedAt(),
        copied.size(),
        ledger.chunks(target).size(),
        rows.sum(),
        differing.get(),
        differing.get() == 0 ? digest : null,
        List.copyOf(differences),
        more);
  }

  /**
   * Names the rows. That there are none means that somebody wrote while the ends were compared, and
   * that they are the same by now.
   */
  private boolean differs(RealmSession source, RealmSession target, TenantRows rows, Chunk chunk) {
    int room = room();
    List<RowDifference> found =
        new DifferingRows(source, target, rows, plan.table(chunk.table()), chunk.range())
            .find(room + 1);
    add(found.subList(0, Math.min(found.size(), room)), found.size() > room);
    return !found.isEmpty();
  }

  private synchronized int room() {
    return limit - differences.size();
  }

  private synchronized void add(List<RowDifference> found, boolean rest) {
    int room = Math.min(found.size(), limit - differences.size());
    differences.addAll(found.subList(0, room));
    more |= rest || room < found.size();
  }
}
