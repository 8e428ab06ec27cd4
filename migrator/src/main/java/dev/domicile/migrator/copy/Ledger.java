package dev.domicile.migrator.copy;

import static dev.domicile.sql.realm.Tables.COPY;
import static dev.domicile.sql.realm.Tables.COPY_CHECKPOINT;
import static dev.domicile.sql.realm.Tables.COPY_CHUNK;
import static dev.domicile.sql.realm.Tables.VERIFICATION;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * What a migration has written into the target, kept in the target itself, so that a chunk and the
 * word that it is in are one transaction.
 */
public final class Ledger {
  private final Migration migration;
  private final Lease lease;
  private final Checkpoints checkpoints;

  private Ledger(Migration migration) {
    this.migration = migration;
    this.lease = new Lease(migration);
    this.checkpoints = new Checkpoints(migration);
  }

  /**
   * Takes the copy over, from nobody or from a process that may still run.
   *
   * @throws TakenOver if somebody with a later epoch has it; a rollback keeps it for good
   */
  public static Ledger takeOver(RealmSession target, Migration migration) {
    Ledger ledger = new Ledger(migration);
    ledger.lease.takeOver(target);
    return ledger;
  }

  /** The ledger as it is, to read. */
  public static Ledger read(Migration migration) {
    return new Ledger(migration);
  }

  /** Who may write here. */
  public Lease lease() {
    return lease;
  }

  /** What is in. */
  public Checkpoints checkpoints() {
    return checkpoints;
  }

  /**
   * Makes sure that the target holds a complete copy by this plan.
   *
   * @throws VerificationFailed if a table or a chunk is missing, as after a target was replaced
   */
  public void requireComplete(RealmSession target, Plan plan) {
    Set<String> planned =
        plan.tables().stream().map(t -> t.name().toString()).collect(Collectors.toSet());
    int missing = missing(target).size();
    if (!plannedTables(target).equals(planned) || missing > 0) {
      throw new VerificationFailed(
          plan.target()
              + " does not hold the copy of "
              + migration
              + " completely; check realms."
              + plan.target()
              + ".url, or roll back and start again");
    }
  }

  /** Tables whose chunks are planned. */
  Set<String> plannedTables(RealmSession target) {
    return target.domicile(
        query ->
            query
                .selectDistinct(COPY_CHUNK.TABLE_NAME)
                .from(COPY_CHUNK)
                .where(COPY_CHUNK.MIGRATION_ID.eq(migration.id()))
                .fetchSet(COPY_CHUNK.TABLE_NAME));
  }

  /** Writes down the chunks of some tables, all at once, but for tables of which they are. */
  void plan(RealmSession target, List<Chunk> chunks) {
    target.transaction(
        () -> {
          lease.guard(target);
          Set<String> planned = plannedTables(target);
          return insert(
              target,
              chunks.stream()
                  .filter(chunk -> !planned.contains(chunk.table().toString()))
                  .toList());
        });
  }

  private int insert(RealmSession target, List<Chunk> chunks) {
    return target.domicile(
        query ->
            query
                .batchInsert(chunks.stream().map(c -> ChunkRecords.record(migration, c)).toList())
                .execute()
                .length);
  }

  /** Writes down that a chunk which is not in has become several, numbered after all others. */
  synchronized List<Chunk> replace(RealmSession target, Chunk chunk, List<Chunk> pieces) {
    return target.transaction(
        () -> {
          lease.guard(target);
          int first =
              1
                  + chunks(target, COPY_CHUNK.TABLE_NAME.eq(chunk.table().toString())).stream()
                      .mapToInt(Chunk::number)
                      .max()
                      .orElseThrow();
          List<Chunk> numbered =
              pieces.stream().map(piece -> piece.numbered(first + piece.number())).toList();
          int gone =
              target.domicile(
                  query ->
                      query
                          .deleteFrom(COPY_CHUNK)
                          .where(
                              COPY_CHUNK.MIGRATION_ID.eq(migration.id()),
                              COPY_CHUNK.TABLE_NAME.eq(chunk.table().toString()),
                              COPY_CHUNK.CHUNK.eq(chunk.number()))
                          .execute());
          if (gone == 0) {
            throw new VerificationFailed(
                chunk + " was cut by an attempt whose answer was lost; start again to go on");
          }
          insert(target, numbered);
          return numbered;
        });
  }

  /** All planned chunks, by table and number. */
  public List<Chunk> chunks(RealmSession target) {
    return chunks(target, DSL.noCondition());
  }

  /** The chunks that are not in yet. */
  List<Chunk> missing(RealmSession target) {
    return chunks(target, DSL.not(Checkpoints.isCopied()));
  }

  /** The chunks of those tables whose late references are not in yet. */
  List<Chunk> unfilled(RealmSession target, Collection<TablePlan> tables) {
    Set<String> names =
        tables.stream().map(table -> table.name().toString()).collect(Collectors.toSet());
    return names.isEmpty()
        ? List.of()
        : chunks(target, COPY_CHUNK.TABLE_NAME.in(names).andNot(Checkpoints.isFilled()));
  }

  /** The chunks that are in. */
  public List<Chunk> copied(RealmSession target) {
    return chunks(target, Checkpoints.isCopied());
  }

  /**
   * All chunks of the tables of which something is in, of each table those that are in first:
   * changes may have brought rows of the others.
   */
  List<Chunk> touched(RealmSession target) {
    List<Chunk> copied = copied(target);
    Set<TableName> tables = copied.stream().map(Chunk::table).collect(Collectors.toSet());
    return Stream.concat(
            copied.stream(),
            missing(target).stream().filter(chunk -> tables.contains(chunk.table())))
        .sorted(Comparator.comparing(Chunk::table))
        .toList();
  }

  /** Whether the old copy at the source is gone, and the chunks with it. */
  public boolean isPurged(RealmSession target) {
    return target.domicile(
        query ->
            query.fetchExists(
                COPY, COPY.MIGRATION_ID.eq(migration.id()), COPY.PURGED_AT.isNotNull()));
  }

  /**
   * Remembers, in one transaction, that the old copy at the source is gone, and forgets the chunks.
   */
  public void purged(RealmSession target) {
    target.transaction(
        () -> {
          clear(target);
          return target.domicile(
              query ->
                  query
                      .update(COPY)
                      .set(COPY.PURGED_AT, DSL.currentOffsetDateTime())
                      .where(COPY.MIGRATION_ID.eq(migration.id()))
                      .execute());
        });
  }

  /**
   * Forgets the chunks, whose bounds are values of the tenant's rows; who has the copy stays known,
   * so that no latecomer starts it again.
   */
  public void clear(RealmSession target) {
    target.domicile(
        query -> {
          query
              .deleteFrom(VERIFICATION)
              .where(VERIFICATION.MIGRATION_ID.eq(migration.id()))
              .execute();
          query
              .deleteFrom(COPY_CHECKPOINT)
              .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
              .execute();
          return query
              .deleteFrom(COPY_CHUNK)
              .where(COPY_CHUNK.MIGRATION_ID.eq(migration.id()))
              .execute();
        });
  }

  private List<Chunk> chunks(RealmSession target, Condition which) {
    return target.domicile(
        query ->
            query
                .selectFrom(COPY_CHUNK)
                .where(COPY_CHUNK.MIGRATION_ID.eq(migration.id()), which)
                .orderBy(COPY_CHUNK.TABLE_NAME, COPY_CHUNK.CHUNK)
                .fetch(ChunkRecords::chunk));
  }
}
