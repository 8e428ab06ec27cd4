package dev.domicile.migrator.state;

import static dev.domicile.sql.control.Tables.MIGRATION;
import static dev.domicile.sql.control.Tables.MIGRATION_EVENT;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.OrderRequest;
import dev.domicile.router.Route;
import dev.domicile.router.TenantId;
import dev.domicile.sql.control.tables.records.MigrationRecord;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What was ordered of migrations, in the control database. Each change is one statement whose
 * condition says what it may follow, so that of two nodes one finds it true.
 */
public final class OrderStore {
  /** Held while somebody counts the others; any number that nothing else here locks. */
  private static final long PLACING = 0x646f6d6963696c65L;

  private static final int REMEMBERED = 20;

  /** Smaller copies are over before they are at speed. */
  private static final long TELLING_BYTES = 1L << 20;

  private static final Condition OPEN =
      MIGRATION.STATE.notIn(
          Arrays.stream(MigrationState.values())
              .filter(MigrationState::isOver)
              .map(MigrationState::name)
              .toList());

  private static final Condition IS_COMMITTED = MIGRATION.STATE.eq(MigrationState.COMMITTED.name());

  private final DSLContext control;
  private final String actor;

  /** Orders in the database that the context reaches. */
  public OrderStore(DSLContext control, String actor) {
    this.control = control;
    this.actor = actor;
  }

  /**
   * Writes down a new migration, unless as many as allowed are open whose windows overlap with its.
   *
   * @throws dev.domicile.migrator.MigrationException.WrongState if the tenant has one that is not
   *     over
   */
  public Optional<Order> place(Route route, OrderRequest request, boolean copies, int atMost) {
    return control.transactionResult(
        transaction -> {
          DSLContext query = transaction.dsl();
          query.execute("SELECT pg_advisory_xact_lock({0})", DSL.val(PLACING));
          int others =
              query.fetchCount(
                  MIGRATION,
                  OPEN,
                  MIGRATION.CLIENT_KEY.ne(request.tenant().clientKey()),
                  MIGRATION.WINDOW_START.lt(MigrationStore.utc(request.windowEnd())),
                  MIGRATION.WINDOW_END.gt(MigrationStore.utc(request.windowStart())));
          if (others >= atMost) {
            return Optional.empty();
          }
          Migration migration =
              new MigrationStore(query, actor)
                  .schedule(
                      route, request.target(), request.windowStart(), request.windowEnd(), copies);
          query
              .update(MIGRATION)
              .set(MIGRATION.WANTED, Wanted.SCHEDULE.name())
              .set(MIGRATION.EXTERNAL_ID, request.externalId())
              .where(MIGRATION.ID.eq(migration.id()))
              .execute();
          return find(query, MIGRATION.ID.eq(migration.id()));
        });
  }

  /** The order as it is now. */
  public Order now(long migrationId) {
    return find(control, MIGRATION.ID.eq(migrationId)).orElseThrow();
  }

  /** The tenant's newest order, if there ever was one. */
  public Optional<Order> newest(TenantId tenant) {
    return find(control, MIGRATION.CLIENT_KEY.eq(tenant.clientKey()));
  }

  /** The tenant's order of that number. */
  public Optional<Order> find(TenantId tenant, long externalId) {
    return find(
        control,
        MIGRATION.CLIENT_KEY.eq(tenant.clientKey()).and(MIGRATION.EXTERNAL_ID.eq(externalId)));
  }

  /** All orders that something is left to be done for. */
  public List<Order> open() {
    Condition toBeFinished = MIGRATION.OPENED_AT.isNull().and(MIGRATION.COPIES);
    return control
        .selectFrom(MIGRATION)
        .where(
            OPEN.or(IS_COMMITTED.and(toBeFinished.or(wants(Wanted.ROLLBACK)))),
            MIGRATION.WANTED.isNotNull())
        .orderBy(MIGRATION.ID)
        .fetch(OrderStore::order);
  }

  /** Asks for the copy, which has to be ready by then; false if more was asked for already. */
  public boolean wantCopy(Order order, Instant deadline) {
    return change(
        order, Wanted.COPY, null, DSL.val(MigrationStore.utc(deadline)), wants(Wanted.SCHEDULE));
  }

  /** Asks for the commit; false if the copy is not ready, or was not in time. */
  public boolean wantCommit(Order order, Instant now) {
    return change(
        order,
        Wanted.COMMIT,
        null,
        MIGRATION.WINDOW_END,
        wants(Wanted.COPY)
            .and(MIGRATION.STATE.eq(MigrationState.READY_TO_COMMIT.name()))
            .and(MIGRATION.WINDOW_END.gt(MigrationStore.utc(now))));
  }

  /** Asks for the rollback; false if that was asked for already or the migration is over. */
  public boolean wantRollback(Order order) {
    return change(order, Wanted.ROLLBACK, null, MIGRATION.WINDOW_END, DSL.noCondition());
  }

  /**
   * Asks that a commit be taken back; false if it is older, the tenant was to move again since, or
   * that was asked for already.
   */
  public boolean wantReturn(Order order, Instant notBefore) {
    var later = MIGRATION.as("later");
    return control
            .update(MIGRATION)
            .set(MIGRATION.WANTED, Wanted.ROLLBACK.name())
            .where(
                MIGRATION.ID.eq(order.migration().id()),
                IS_COMMITTED,
                MIGRATION.COMMITTED_AT.gt(MigrationStore.utc(notBefore)),
                MIGRATION.WANTED.ne(Wanted.ROLLBACK.name()),
                DSL.notExists(
                    DSL.selectOne()
                        .from(later)
                        .where(later.CLIENT_KEY.eq(MIGRATION.CLIENT_KEY))
                        .and(later.ID.gt(MIGRATION.ID))))
            .execute()
        == 1;
  }

  /** Lets a commit be that could not be taken back. */
  public void letBe(Order order) {
    control
        .update(MIGRATION)
        .set(MIGRATION.WANTED, Wanted.COMMIT.name())
        .where(MIGRATION.ID.eq(order.migration().id()), IS_COMMITTED)
        .execute();
  }

  /**
   * Gives an order up for good and asks for the rollback; false if something else is wanted now.
   */
  public boolean fail(Order order, String errorCode) {
    return change(order, Wanted.ROLLBACK, errorCode, MIGRATION.WINDOW_END, wants(order.wanted()));
  }

  /** Gives up an order whose window is over, unless its commit was asked for in time. */
  public boolean expire(Order order, String errorCode, Instant now) {
    return change(
        order,
        Wanted.ROLLBACK,
        errorCode,
        MIGRATION.WINDOW_END,
        wants(Wanted.SCHEDULE)
            .or(wants(Wanted.COPY))
            .and(MIGRATION.WINDOW_END.le(MigrationStore.utc(now))));
  }

  /** Keeps what the look before the move found. */
  public void keepAssessment(Order order, String json) {
    keep(order, MIGRATION.ASSESSMENT, json);
  }

  /** Keeps how far the work is; what the object does not name stays as it was. */
  public void keepProgress(Order order, String json) {
    control
        .update(MIGRATION)
        .set(
            MIGRATION.PROGRESS,
            DSL.field(
                "coalesce({0}, '{}'::jsonb) || {1}",
                MIGRATION.PROGRESS.getDataType(), MIGRATION.PROGRESS, DSL.val(JSONB.jsonb(json))))
        .where(MIGRATION.ID.eq(order.migration().id()))
        .execute();
  }

  /** How fast the latest copies were, in bytes a second, those of all tenants. */
  public List<Double> rates() {
    return control
        .resultQuery(
            """
            SELECT (ready.detail ->> 'bytes')::float8
                   / greatest(extract(epoch FROM ready.at - min(copying.at)), 0.001)::float8
            FROM {0} AS ready JOIN {0} AS copying
              ON copying.migration_id = ready.migration_id AND copying.to_state = 'COPYING'
            WHERE ready.to_state = 'READY_TO_COMMIT' AND (ready.detail ->> 'bytes')::float8 >= {1}
            GROUP BY ready.id ORDER BY ready.id DESC LIMIT {2}
            """,
            MIGRATION_EVENT, DSL.val(TELLING_BYTES), DSL.val(REMEMBERED))
        .fetch(0, Double.class);
  }

  private boolean change(
      Order order,
      Wanted wanted,
      @Nullable String errorCode,
      Field<OffsetDateTime> deadline,
      Condition follows) {
    return control
            .update(MIGRATION)
            .set(MIGRATION.WANTED, wanted.name())
            .set(MIGRATION.ERROR_CODE, errorCode)
            .set(MIGRATION.WINDOW_END, DSL.least(MIGRATION.WINDOW_END, deadline))
            .where(
                MIGRATION.ID.eq(order.migration().id()),
                OPEN,
                MIGRATION.WANTED.ne(Wanted.ROLLBACK.name()),
                follows)
            .execute()
        == 1;
  }

  private void keep(Order order, TableField<MigrationRecord, JSONB> field, String json) {
    control
        .update(MIGRATION)
        .set(field, JSONB.jsonb(json))
        .where(MIGRATION.ID.eq(order.migration().id()))
        .execute();
  }

  private static Condition wants(Wanted wanted) {
    return MIGRATION.WANTED.eq(wanted.name());
  }

  private static Optional<Order> find(DSLContext query, Condition which) {
    return query
        .selectFrom(MIGRATION)
        .where(which, MIGRATION.WANTED.isNotNull())
        .orderBy(MIGRATION.ID.desc())
        .limit(1)
        .fetchOptional(OrderStore::order);
  }

  private static Order order(MigrationRecord row) {
    return new Order(
        MigrationStore.migration(row),
        row.getExternalId(),
        Wanted.valueOf(row.getWanted()),
        row.getErrorCode(),
        row.getAssessment() == null ? null : row.getAssessment().data(),
        row.getProgress() == null ? null : row.getProgress().data());
  }
}
