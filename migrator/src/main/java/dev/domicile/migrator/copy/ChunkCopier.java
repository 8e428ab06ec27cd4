package dev.domicile.migrator.copy;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantPath;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Copies a chunk in one transaction of the target: rows, comparison, checkpoint. Either all of it
 * is in or nothing, so {@code synchronous_commit} can be off: a commit that a crash of the server
 * loses takes the checkpoint along (promise P3).
 *
 * <p>The source sends the hash of each row along with the row, so that a write in between is no
 * difference and its snapshot need not outlive the rows. The target's digest is read from its
 * table.
 */
final class ChunkCopier {
  private static final String UNIQUE_VIOLATION = "23505";
  private static final int MUCH_LARGER = 4;

  private final Plan plan;
  private final Ledger ledger;
  private final CopySettings settings;
  private final Alignment alignment;

  ChunkCopier(Plan plan, Ledger ledger, CopySettings settings, Alignment alignment) {
    this.plan = plan;
    this.ledger = ledger;
    this.settings = settings;
    this.alignment = alignment;
  }

  /**
   * Copies it, unless it is in: the answer to an earlier commit may have been lost.
   *
   * @param unit one chunk, or those of tables that are written together, in the order of writing
   * @return what went over, for each chunk
   */
  List<CopyPipe.Volume> copy(RealmSession source, RealmSession target, List<Chunk> unit) {
    return copy(
        target,
        unit,
        () ->
            unit.size() == 1
                ? write(source, target, unit, source::snapshot)
                : source.snapshot(
                    () -> {
                      limit(source, unit);
                      return write(source, target, unit, RealmSession.Work::run);
                    }));
  }

  /**
   * The same from the source's running snapshot, in place of what has come of the chunks as
   * changes. No row refers to those yet: tables that do are copied later, and late references are
   * null.
   */
  List<CopyPipe.Volume> copyAnew(RealmSession source, RealmSession target, List<Chunk> unit) {
    return copy(
        target,
        unit,
        () -> {
          for (int i = unit.size() - 1; i >= 0; i--) {
            Chunk chunk = unit.get(i);
            TenantRows rows = new TenantRows(plan, plan.table(chunk.table()));
            target.execute(
                "DELETE FROM %s WHERE %s".formatted(rows.from(), rows.where(chunk.range())));
          }
          return write(source, target, unit, RealmSession.Work::run);
        });
  }

  private List<CopyPipe.Volume> copy(
      RealmSession target, List<Chunk> unit, RealmSession.Work<List<CopyPipe.Volume>> work) {
    try {
      return target.transaction(
          () -> {
            prepare(target, unit);
            ledger.lease().guard(target);
            List<CopyPipe.Volume> before = copied(target, unit);
            return before.isEmpty() ? work.run() : before;
          });
    } catch (StatementFailed e) {
      // A transaction whose connection broke may go on, and commit, while this one is under way.
      List<CopyPipe.Volume> before =
          e.sqlState().equals(UNIQUE_VIOLATION) ? copied(target, unit) : List.of();
      if (before.isEmpty()) {
        throw e;
      }
      return before;
    }
  }

  /** Of none or of all: they come and go in one transaction, unless others went together. */
  private List<CopyPipe.Volume> copied(RealmSession target, List<Chunk> unit) {
    List<CopyPipe.Volume> volumes = ledger.checkpoints().volumes(target, unit);
    if (!volumes.isEmpty() && volumes.size() < unit.size()) {
      throw new VerificationFailed(
          unit.get(0)
              + ", or one beside it, was copied by an attempt whose answer was lost; start again"
              + " to go on");
    }
    return volumes;
  }

  private List<CopyPipe.Volume> write(
      RealmSession source, RealmSession target, List<Chunk> unit, Reading reading)
      throws SQLException {
    List<Sent> all = new ArrayList<>();
    for (Chunk chunk : unit) {
      all.add(send(source, target, chunk, unit.size() == 1, reading));
    }
    List<RowDigest> digests = RowDigest.of(target, all.stream().map(Sent::arrived).toList());
    List<Checkpoints.Copied> copied = new ArrayList<>();
    for (int i = 0; i < unit.size(); i++) {
      RowDigest digest = digests.get(i);
      if (!digest.equals(all.get(i).digest())) {
        throw new VerificationFailed(
            unit.get(i)
                + " differs from its source right after it was copied; nothing of it was kept");
      }
      copied.add(new Checkpoints.Copied(unit.get(i), all.get(i).volume(), digest));
    }
    ledger.checkpoints().copied(target, copied);
    return all.stream().map(Sent::volume).toList();
  }

  /**
   * A chunk whose rows went over.
   *
   * @param digest what they were at the source
   * @param arrived the query for what they are at the target
   */
  private record Sent(CopyPipe.Volume volume, RowDigest digest, String arrived) {}

  private Sent send(
      RealmSession source, RealmSession target, Chunk chunk, boolean alone, Reading reading)
      throws SQLException {
    TablePlan table = plan.table(chunk.table());
    TenantRows all = new TenantRows(plan, table);
    TenantRows rows = SecondPass.concerns(plan, table) ? all.withoutLate() : all;
    String format = table.binary() ? " WITH (FORMAT binary)" : "";
    TenantRows leaving = rows.leaving();
    String copyOut =
        "COPY (SELECT %s, %s FROM %s WHERE %s) TO STDOUT%s"
            .formatted(
                leaving.columns(),
                leaving.rowHash(),
                leaving.from(),
                leaving.where(chunk.range()),
                format);
    String copyIn =
        "COPY %s (%s) FROM STDIN%s"
            .formatted(table.name().sql(), Identifiers.quoteAll(table.columnNames()), format);
    HashedRows hashed = new HashedRows(table.binary());
    boolean simple = alone && hasOneTenantByParents(table) && isDense(target, table, rows, chunk);
    AtomicBoolean parentsAreIn = new AtomicBoolean();
    CopyPipe.Volume volume =
        reading.in(
            () -> {
              if (alone) {
                limit(source, List.of(chunk));
              }
              parentsAreIn.set(simple && alignment.isStill(source, plan.ancestors(table)));
              return CopyPipe.run(source, copyOut, target, copyIn, hashed);
            });
    return new Sent(
        volume,
        hashed.digest(),
        parentsAreIn.get()
            ? RowDigest.queryOfWritten(rows, chunk.range())
            : RowDigest.query(rows, chunk.range()));
  }

  /** Whether the range holds fewer rows of others than are about to come: all are read then. */
  private static boolean isDense(
      RealmSession target, TablePlan table, TenantRows rows, Chunk chunk) {
    boolean ordered =
        !table.key().isEmpty() && table.key().stream().noneMatch(TablePlan.KeyColumn::bytewise);
    return ordered
        && target.number(
                "SELECT count(*) FROM (SELECT FROM %s WHERE %s ORDER BY %s LIMIT %d) AS others"
                    .formatted(
                        rows.from(),
                        rows.whereAnybodys(chunk.range()),
                        String.join(", ", rows.key()),
                        chunk.rows() + 1))
            <= chunk.rows();
  }

  /**
   * Whether rows whose parents are in are the tenant's at the target too, without a look at those
   * parents. Nobody else's can be among the tenant's rows there either: the fence has kept them out
   * since before the first chunk, and those from before that would refer to rows of a table with a
   * tenant column, which are compared.
   */
  private boolean hasOneTenantByParents(TablePlan table) {
    return table.path() instanceof TenantPath.ByParent && plan.hasOneTenant(table);
  }

  /** The snapshot that the source's rows are read in. */
  @FunctionalInterface
  private interface Reading {
    CopyPipe.Volume in(RealmSession.Work<CopyPipe.Volume> work) throws SQLException;
  }

  /** A chunk that is much larger than all others is one that cannot be cut, and takes its time. */
  private void limit(RealmSession session, List<Chunk> unit) {
    long most = unit.stream().mapToLong(Chunk::bytes).max().orElse(0);
    if (most / MUCH_LARGER <= settings.chunkBytes()) {
      session.limit(settings.timeLimit());
    }
  }

  /** Switches off, for this transaction, what would only be done twice or wait for the disk. */
  private void prepare(RealmSession target, List<Chunk> unit) {
    target.execute(
        "SET LOCAL synchronous_commit = off"
            + (plan.foreignKeysDeferred() ? "; " + Triggers.OFF : "")
            + (unit.size() > 1 ? "; SET CONSTRAINTS ALL DEFERRED" : ""));
    limit(target, unit);
  }
}
