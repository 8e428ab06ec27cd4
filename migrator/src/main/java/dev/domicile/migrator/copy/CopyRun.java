package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.MigrationException.WindowClosed;
import dev.domicile.migrator.Progress;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies all chunks that are not in yet: first every table is cut into chunks, so that the whole
 * amount is known, then wave after wave is copied, then late references are filled in. Running it
 * again goes on where it stopped.
 *
 * <p>A tenant that goes on writing may leave a chunk with rows that do not fit those that were
 * copied before; then both are brought to one state of the source first.
 */
public final class CopyRun {
  private static final Logger LOG = LoggerFactory.getLogger(CopyRun.class);

  // A foreign key, a unique index: what stands in the way may have changed since it was copied.
  private static final Set<String> CONFLICTS = Set.of("23503", "23505");

  private final Migration migration;
  private final Plan plan;
  private final CopySettings settings;
  private final InstantSource clock;
  private final ProgressMeter meter;
  private final Pace pace;
  private final Alignment alignment;
  // Whoever aligns what is copied has it alone; fair, so that nobody waits for all others.
  private final ReadWriteLock copying = new ReentrantReadWriteLock(true);
  // What a second attempt at a chunk finds done.
  private final Map<Chunk, List<Chunk>> cut = new ConcurrentHashMap<>();
  private final Set<Chunk> done = ConcurrentHashMap.newKeySet();

  /**
   * A run of one migration.
   *
   * @param alignment what to do where a chunk does not fit
   */
  public CopyRun(
      Migration migration,
      Plan plan,
      CopySettings settings,
      InstantSource clock,
      Progress.Listener listener,
      Alignment alignment) {
    this.alignment = alignment;
    this.migration = migration;
    this.plan = plan;
    this.settings = settings;
    this.clock = clock;
    this.meter = new ProgressMeter(listener);
    this.pace =
        new Pace(settings, meter, () -> Duration.between(clock.instant(), migration.windowEnd()));
  }

  /**
   * Takes the copy over and completes it.
   *
   * @param target a session of its own, outside any transaction
   * @return how much is in the target, over all runs
   * @throws WindowClosed if the window ends before
   */
  public Checkpoints.Totals run(RealmSession target, Workers workers) {
    Ledger ledger = Ledger.takeOver(target, migration);
    planChunks(ledger, target, workers);
    while (true) {
      try {
        return pass(ledger, target, workers);
      } catch (StatementFailed | VerificationFailed e) {
        if (!forgetsLost(ledger, target)) {
          throw e;
        }
        LOG.warn("The target lost chunks in a crash; they are copied again: {}", e.getMessage());
      }
    }
  }

  /** Whether chunks that were in are not in any more: a crash may undo a commit of the copy. */
  private boolean forgetsLost(Ledger ledger, RealmSession target) {
    return done.removeAll(ledger.missing(target));
  }

  /** Copies what is not in, as far as the ledger tells. */
  private Checkpoints.Totals pass(Ledger ledger, RealmSession target, Workers workers) {
    List<Chunk> all = ledger.chunks(target);
    List<Chunk> missing = ledger.missing(target);
    meter.start(Progress.Phase.COPY, all);
    meter.skip(all.size() - missing.size(), rows(all) - rows(missing));
    ChunkCopier copier = new ChunkCopier(plan, ledger, settings, alignment);
    Units units = Units.inTarget(plan);
    for (int wave = 0; wave < plan.waves(); wave++) {
      int present = wave;
      workers.forEach(
          Units.joined(
              units.of(
                  evenly(
                      missing.stream()
                          .filter(c -> plan.table(c.table()).wave() == present)
                          .toList())),
              settings),
          (from, to, unit) -> {
            for (List<Chunk> piece : fitting(ledger, from, to, unit)) {
              copy(ledger, copier, from, to, piece);
            }
          });
      workers.forEach(
          plan.tables().stream().filter(t -> t.wave() == present).filter(this::isJoined).toList(),
          (from, to, table) -> analyze(to, table));
    }
    SecondPass second = new SecondPass(plan, ledger);
    workers.forEach(
        second.missing(target),
        (from, to, chunk) -> {
          requireOpenWindow();
          fit(
              () -> second.fill(from, to, chunk),
              () -> alignment.align(from, to, ledger, true, () -> second.fill(from, to, chunk)));
        });
    return complete(ledger, second, target);
  }

  private void copy(
      Ledger ledger, ChunkCopier copier, RealmSession from, RealmSession to, List<Chunk> unit) {
    if (done.containsAll(unit)) {
      return;
    }
    requireOpenWindow();
    pace.await(to);
    long started = System.nanoTime();
    List<CopyPipe.Volume> volumes =
        fit(
            () -> copier.copy(from, to, unit),
            () -> alignment.align(from, to, ledger, false, () -> copier.copyAnew(from, to, unit)));
    Duration took = Duration.ofNanos(System.nanoTime() - started).dividedBy(unit.size());
    for (int i = 0; i < unit.size(); i++) {
      pace.done(unit.get(i), volumes.get(i), took);
      meter.done(unit.get(i), volumes.get(i).rows(), volumes.get(i).bytes());
      done.add(unit.get(i));
    }
  }

  /** Does it the simple way, and if that does not fit what is there, the other way. */
  private <T> T fit(Supplier<T> simple, Supplier<T> aligned) {
    copying.readLock().lock();
    try {
      return simple.get();
    } catch (StatementFailed e) {
      if (!CONFLICTS.contains(e.sqlState())) {
        throw e;
      }
      LOG.debug("Written to while it is copied: {}", e.getMessage());
    } catch (VerificationFailed e) {
      // Without checks of foreign keys, a row whose parent came later counts as nobody's.
      LOG.debug("Written to while it is copied: {}", e.getMessage());
    } finally {
      copying.readLock().unlock();
    }
    copying.writeLock().lock();
    try {
      return aligned.get();
    } finally {
      copying.writeLock().unlock();
    }
  }

  private void planChunks(Ledger ledger, RealmSession target, Workers workers) {
    Set<String> planned = ledger.plannedTables(target);
    List<TablePlan> tables =
        plan.tables().stream().filter(t -> !planned.contains(t.name().toString())).toList();
    ChunkPlanner planner = new ChunkPlanner(plan, settings);
    meter.start(Progress.Phase.PLAN, List.of());
    workers.forEach(
        workers.several(tables),
        (from, to, some) -> {
          requireOpenWindow();
          ledger.plan(to, planner.chunks(from, some).stream().flatMap(List::stream).toList());
        });
  }

  /** Whether rows of another table are the tenant's because they refer to this one. */
  private boolean isJoined(TablePlan table) {
    return plan.tables().stream()
        .flatMap(other -> other.path().parentPaths().stream())
        .anyMatch(path -> path.parent().equals(table.name()));
  }

  /**
   * The next wave's comparisons join this table. On statistics from before the copy, the server
   * takes it for small and joins by nested loops, which is quadratic. All other tables are left to
   * the server's own autovacuum.
   */
  private static void analyze(RealmSession target, TablePlan table) {
    target.execute("ANALYZE " + table.name().sql());
  }

  /** The unit, or smaller chunks in its place where it is one chunk that would take too long. */
  private List<List<Chunk>> fitting(
      Ledger ledger, RealmSession source, RealmSession target, List<Chunk> unit) {
    return unit.size() > 1
        ? List.of(unit)
        : fitting(ledger, source, target, unit.get(0)).stream().map(List::of).toList();
  }

  private List<Chunk> fitting(
      Ledger ledger, RealmSession source, RealmSession target, Chunk chunk) {
    List<Chunk> before = cut.get(chunk);
    if (before != null) {
      return before;
    }
    List<Chunk> pieces = List.of(chunk);
    if (pace.isTooLong(chunk.bytes()) && plan.table(chunk.table()).chunked()) {
      pieces = new ChunkPlanner(plan, settings).pieces(source, chunk, pace.chunkBytes());
    }
    List<Chunk> kept = pieces.size() == 1 ? List.of(chunk) : ledger.replace(target, chunk, pieces);
    cut.put(chunk, kept);
    meter.cut(kept.size());
    return kept;
  }

  /**
   * So that all tables are done at about the same time: no job is left alone with a large table at
   * the end, and jobs that work at the same time seldom wait for each other to extend one table. A
   * chunk that is all of its table comes first.
   */
  private static List<Chunk> evenly(List<Chunk> chunks) {
    Map<TableName, Long> sizes =
        chunks.stream()
            .collect(Collectors.groupingBy(Chunk::table, Collectors.summingLong(Chunk::bytes)));
    Map<TableName, Long> before = new HashMap<>();
    Map<Chunk, Double> places = new HashMap<>();
    for (Chunk chunk : chunks) {
      double start = before.merge(chunk.table(), chunk.bytes(), Long::sum) - chunk.bytes();
      places.put(chunk, start / Math.max(1, sizes.getOrDefault(chunk.table(), 1L)));
    }
    return chunks.stream()
        .sorted(
            Comparator.<Chunk, Double>comparing(places::get)
                .thenComparing(Comparator.comparing(Chunk::bytes).reversed()))
        .toList();
  }

  /** Success means that every planned chunk is accounted for, not that no worker failed. */
  private static Checkpoints.Totals complete(
      Ledger ledger, SecondPass second, RealmSession target) {
    Checkpoints.Totals totals = ledger.checkpoints().totals(target);
    int missing = ledger.missing(target).size() + second.missing(target).size();
    if (missing > 0) {
      throw new VerificationFailed(missing + " chunks are not in; start again to copy the rest");
    }
    return totals;
  }

  private void requireOpenWindow() {
    if (clock.instant().isAfter(migration.windowEnd())) {
      throw new WindowClosed(
          "the window of "
              + migration
              + " closed at "
              + migration.windowEnd()
              + "; roll back and schedule a longer one");
    }
  }

  private static long rows(List<Chunk> chunks) {
    return chunks.stream().mapToLong(Chunk::rows).sum();
  }
}
