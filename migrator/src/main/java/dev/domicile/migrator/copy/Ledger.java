package dev.domicile.migrator.copy;

import static dev.domicile.sql.realm.Tables.COPY;
import static dev.domicile.sql.realm.Tables.COPY_CHECKPOINT;
import static dev.domicile.sql.realm.Tables.COPY_CHUNK;
import static dev.domicile.sql.realm.Tables.VERIFICATION;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.CopyPipe;
import dev.domicile.migrator.session.RealmSession;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Select;
import org.jooq.SelectConditionStep;
import org.jooq.impl.DSL;

/**
 * What a migration has written into the target, kept in the target itself, so that a chunk and the
 * word that it is in are one transaction.
 *
 * <p>The epoch keeps two processes from working on one copy: who takes it over raises the epoch,
 * and every transaction of the one before finds that out and fails.
 */
public final class Ledger {
  private final Migration migration;

  private Ledger(Migration migration) {
    this.migration = migration;
  }

  /**
   * Takes the copy over, from nobody or from a process that may still run.
   *
   * @throws TakenOver if somebody with a later epoch has it; a rollback keeps it for good
   */
  public static Ledger takeOver(RealmSession target, Migration migration) {
    int taken =
        target.domicile(
            query ->
                query
                    .insertInto(COPY)
                    .set(COPY.MIGRATION_ID, migration.id())
                    .set(COPY.CLIENT_KEY, migration.tenant().clientKey())
                    .set(COPY.EPOCH, migration.epoch())
                    .onConflict(COPY.MIGRATION_ID)
                    .doUpdate()
                    .set(COPY.EPOCH, migration.epoch())
                    .where(
                        COPY.EPOCH.lt(migration.epoch()),
                        COPY.CLIENT_KEY.eq(migration.tenant().clientKey()))
                    .execute());
    if (taken == 0) {
      throw takenOver(migration);
    }
    return new Ledger(migration);
  }

  /** The ledger as it is, to read. */
  public static Ledger read(Migration migration) {
    return new Ledger(migration);
  }

  /**
   * Makes sure, until the running transaction ends, that nobody takes the copy over.
   *
   * @throws TakenOver if somebody has
   */
  public void guard(RealmSession target) {
    hold(target, SelectConditionStep::forShare);
  }

  /**
   * The same, and no other transaction that guards the copy runs meanwhile: those in flight, of
   * lost connections too, are waited for.
   */
  public void guardAlone(RealmSession target) {
    hold(target, SelectConditionStep::forUpdate);
  }

  private void hold(RealmSession target, Function<SelectConditionStep<?>, Select<?>> lock) {
    boolean ours =
        target.domicile(
            query ->
                query.fetchExists(
                    lock.apply(
                        query
                            .selectOne()
                            .from(COPY)
                            .where(
                                COPY.MIGRATION_ID.eq(migration.id()),
                                COPY.EPOCH.eq(migration.epoch())))));
    if (!ours) {
      throw takenOver(migration);
    }
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

  private static TakenOver takenOver(Migration migration) {
    return new TakenOver(
        migration + " was taken over by another process; this one has stopped, follow that one");
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

  /** Writes down the chunks of one table, all at once, unless they are. */
  void plan(RealmSession target, List<Chunk> chunks) {
    target.transaction(
        () -> {
          guard(target);
          return plannedTables(target).contains(chunks.get(0).table().toString())
              || target.domicile(
                  query ->
                      query
                              .batchInsert(
                                  chunks.stream()
                                      .map(c -> ChunkRecords.record(migration, c))
                                      .toList())
                              .execute()
                              .length
                          > 0);
        });
  }

  /** Writes down, in the running transaction, that a chunk is in. */
  void checkpoint(RealmSession target, Chunk chunk, CopyPipe.Volume volume, RowDigest digest) {
    target.domicile(
        query ->
            query
                .insertInto(COPY_CHECKPOINT)
                .set(COPY_CHECKPOINT.MIGRATION_ID, migration.id())
                .set(COPY_CHECKPOINT.TABLE_NAME, chunk.table().toString())
                .set(COPY_CHECKPOINT.CHUNK, chunk.number())
                .set(COPY_CHECKPOINT.ROWS, volume.rows())
                .set(COPY_CHECKPOINT.BYTES, volume.bytes())
                .set(COPY_CHECKPOINT.DIGEST, digest.rows() + ":" + digest.digest())
                .execute());
  }

  /** What a chunk held when it was copied; empty if it is not in. */
  Optional<CopyPipe.Volume> volume(RealmSession target, Chunk chunk) {
    return target.domicile(
        query ->
            query
                .select(COPY_CHECKPOINT.ROWS, COPY_CHECKPOINT.BYTES)
                .from(COPY_CHECKPOINT)
                .where(
                    COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()),
                    COPY_CHECKPOINT.TABLE_NAME.eq(chunk.table().toString()),
                    COPY_CHECKPOINT.CHUNK.eq(chunk.number()))
                .fetchOptional(row -> new CopyPipe.Volume(row.value1(), row.value2())));
  }

  /** Writes down that a chunk which is not in has become several, numbered after all others. */
  synchronized List<Chunk> replace(RealmSession target, Chunk chunk, List<Chunk> pieces) {
    return target.transaction(
        () -> {
          guard(target);
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
          target.domicile(
              query ->
                  query
                      .batchInsert(
                          numbered.stream().map(c -> ChunkRecords.record(migration, c)).toList())
                      .execute());
          return numbered;
        });
  }

  /** Strikes out, in the running transaction, that a chunk is in. */
  void strikeOut(RealmSession target, Chunk chunk) {
    target.domicile(
        query ->
            query
                .deleteFrom(COPY_CHECKPOINT)
                .where(
                    COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()),
                    COPY_CHECKPOINT.TABLE_NAME.eq(chunk.table().toString()),
                    COPY_CHECKPOINT.CHUNK.eq(chunk.number()))
                .execute());
  }

  /** All planned chunks, by table and number. */
  public List<Chunk> chunks(RealmSession target) {
    return chunks(target, DSL.noCondition());
  }

  /** The chunks that are not in yet. */
  List<Chunk> missing(RealmSession target) {
    return chunks(target, DSL.notExists(checkpointOfChunk()));
  }

  /** The chunks that are in. */
  public List<Chunk> copied(RealmSession target) {
    return chunks(target, DSL.exists(checkpointOfChunk()));
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

  /** The tables of which something is in. */
  public Set<TableName> copiedTables(RealmSession target) {
    return target.domicile(
        query ->
            query
                .selectDistinct(COPY_CHECKPOINT.TABLE_NAME)
                .from(COPY_CHECKPOINT)
                .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
                .fetchSet(row -> TableName.parse(row.value1(), "")));
  }

  /** How much is in, over all runs. */
  public Totals totals(RealmSession target) {
    return target.domicile(
        query ->
            query
                .select(
                    DSL.count(),
                    DSL.coalesce(DSL.sum(COPY_CHECKPOINT.ROWS), DSL.inline(0)),
                    DSL.coalesce(DSL.sum(COPY_CHECKPOINT.BYTES), DSL.inline(0)))
                .from(COPY_CHECKPOINT)
                .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
                .fetchSingle(
                    row ->
                        new Totals(
                            row.value1(), row.value2().longValue(), row.value3().longValue())));
  }

  /** One digest of all that is in; see {@link TableDigests}. */
  public String digest(RealmSession target) {
    return TableDigests.ofChunks(
        target, "domicile.copy_checkpoint", "migration_id = " + migration.id());
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

  /** What is in of each table, by name. */
  public List<MigrationReport.Table> tables(RealmSession target) {
    return target.domicile(
        query ->
            query
                .select(
                    COPY_CHECKPOINT.TABLE_NAME,
                    DSL.sum(COPY_CHECKPOINT.ROWS),
                    DSL.sum(COPY_CHECKPOINT.BYTES),
                    DSL.count())
                .from(COPY_CHECKPOINT)
                .where(COPY_CHECKPOINT.MIGRATION_ID.eq(migration.id()))
                .groupBy(COPY_CHECKPOINT.TABLE_NAME)
                .orderBy(COPY_CHECKPOINT.TABLE_NAME)
                .fetch(
                    row ->
                        new MigrationReport.Table(
                            row.value1(),
                            row.value2().longValue(),
                            row.value3().longValue(),
                            row.value4())));
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

  private static Select<?> checkpointOfChunk() {
    return DSL.selectOne()
        .from(COPY_CHECKPOINT)
        .where(
            COPY_CHECKPOINT.MIGRATION_ID.eq(COPY_CHUNK.MIGRATION_ID),
            COPY_CHECKPOINT.TABLE_NAME.eq(COPY_CHUNK.TABLE_NAME),
            COPY_CHECKPOINT.CHUNK.eq(COPY_CHUNK.CHUNK));
  }

  /**
   * How much is in.
   *
   * @param chunks how many chunks
   * @param rows their rows
   * @param bytes their size as it went over
   */
  public record Totals(int chunks, long rows, long bytes) {}
}
