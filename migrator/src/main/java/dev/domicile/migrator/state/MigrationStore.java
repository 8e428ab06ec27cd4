package dev.domicile.migrator.state;

import static dev.domicile.sql.control.Tables.MIGRATION;
import static dev.domicile.sql.control.Tables.MIGRATION_EVENT;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.MigrationState;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.RouteTable;
import dev.domicile.router.TenantId;
import dev.domicile.sql.control.tables.records.MigrationRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Migrations in the control database. Each change of state compares the epoch that the caller saw,
 * and writes an event, in one transaction.
 */
public final class MigrationStore {
  private static final String FENCES_DOWN = "fencesDown";

  private final DSLContext control;
  private final String actor;

  /**
   * Migrations in the database that the context reaches.
   *
   * @param actor who the events say it was
   */
  public MigrationStore(DSLContext control, String actor) {
    this.control = control;
    this.actor = actor;
  }

  /**
   * Writes down a new migration.
   *
   * @param copies whether rows have to be copied
   * @throws WrongState if the tenant has one that is not over
   */
  public Migration schedule(
      Route route, Realm target, Instant windowStart, Instant windowEnd, boolean copies) {
    try {
      return control.transactionResult(
          transaction -> {
            MigrationRecord row =
                transaction
                    .dsl()
                    .insertInto(MIGRATION)
                    .set(MIGRATION.COPIES, copies)
                    .set(MIGRATION.CLIENT_KEY, route.tenant().clientKey())
                    .set(MIGRATION.SOURCE_REALM, route.realm().name())
                    .set(MIGRATION.TARGET_REALM, target.name())
                    .set(MIGRATION.ROUTE_EPOCH, route.epoch())
                    .set(MIGRATION.WINDOW_START, utc(windowStart))
                    .set(MIGRATION.WINDOW_END, utc(windowEnd))
                    .set(MIGRATION.REQUESTED_BY, actor)
                    .returning()
                    .fetchSingle();
            Migration migration = migration(row);
            record(transaction.dsl(), migration.id(), null, migration.state(), Map.of());
            return migration;
          });
    } catch (IntegrityConstraintViolationException e) {
      throw new WrongState(
          "tenant '"
              + route.tenant()
              + "' has a migration that is not over; commit it or roll it back first");
    }
  }

  /** The tenant's newest migration, if it ever had one. */
  public Optional<Migration> newest(TenantId tenant) {
    return control
        .selectFrom(MIGRATION)
        .where(MIGRATION.CLIENT_KEY.eq(tenant.clientKey()))
        .orderBy(MIGRATION.ID.desc())
        .limit(1)
        .fetchOptional(MigrationStore::migration);
  }

  /** The tenant's migrations whose old copy is still there, oldest first. */
  public List<Migration> unpurged(TenantId tenant) {
    return control
        .selectFrom(MIGRATION)
        .where(
            MIGRATION.CLIENT_KEY.eq(tenant.clientKey()),
            MIGRATION.STATE.eq(MigrationState.COMMITTED.name()),
            MIGRATION.COPIES.isTrue())
        .orderBy(MIGRATION.ID)
        .fetch(MigrationStore::migration);
  }

  /** The tenant's migrations that are over and have left no copy, oldest first. */
  public List<Migration> over(TenantId tenant) {
    return control
        .selectFrom(MIGRATION)
        .where(
            MIGRATION.CLIENT_KEY.eq(tenant.clientKey()),
            MIGRATION.STATE.in(MigrationState.PURGED.name(), MigrationState.ROLLED_BACK.name()))
        .orderBy(MIGRATION.ID)
        .fetch(MigrationStore::migration);
  }

  /**
   * Migrations whose commit was taken back, that were committed by then, and whose fences are not
   * known to be down.
   */
  public List<Migration> takenBack(Instant committedBy) {
    return control
        .selectFrom(MIGRATION)
        .where(
            MIGRATION.STATE.eq(MigrationState.ROLLED_BACK.name()),
            MIGRATION.COPIES.isTrue(),
            MIGRATION.COMMITTED_AT.le(utc(committedBy)),
            DSL.notExists(
                DSL.selectOne()
                    .from(MIGRATION_EVENT)
                    .where(
                        MIGRATION_EVENT.MIGRATION_ID.eq(MIGRATION.ID),
                        DSL.condition(
                            "jsonb_exists({0}, {1})",
                            MIGRATION_EVENT.DETAIL, DSL.inline(FENCES_DOWN)))))
        .orderBy(MIGRATION.ID)
        .fetch(MigrationStore::migration);
  }

  /** Writes down that nothing is left of a migration that was rolled back. */
  public void fencesDown(Migration over) {
    record(control, over.id(), over.state(), over.state(), Map.of(FENCES_DOWN, true));
  }

  /** The migration as it is now. */
  public Migration now(Migration seen) {
    return control
        .selectFrom(MIGRATION)
        .where(MIGRATION.ID.eq(seen.id()))
        .fetchSingle(MigrationStore::migration);
  }

  /** The newest migration of each tenant that has one. */
  public List<Migration> newestOfAll() {
    return control
        .select()
        .distinctOn(MIGRATION.CLIENT_KEY)
        .from(MIGRATION)
        .orderBy(MIGRATION.CLIENT_KEY, MIGRATION.ID.desc())
        .fetchInto(MIGRATION)
        .map(MigrationStore::migration);
  }

  /** Migrations that are between two homes or on their way back, and rest for that long. */
  public List<Migration> halfDone(Duration idle) {
    Field<OffsetDateTime> last =
        DSL.field(
            DSL.select(DSL.max(MIGRATION_EVENT.AT))
                .from(MIGRATION_EVENT)
                .where(MIGRATION_EVENT.MIGRATION_ID.eq(MIGRATION.ID)));
    Condition toBeFinished =
        MIGRATION
            .STATE
            .eq(MigrationState.COMMITTED.name())
            .and(MIGRATION.OPENED_AT.isNull())
            .and(MIGRATION.COPIES);
    return control
        .selectFrom(MIGRATION)
        .where(
            MIGRATION
                .STATE
                .in(
                    MigrationState.COMMITTING.name(),
                    MigrationState.RETURNING.name(),
                    MigrationState.ROLLING_BACK.name())
                .or(toBeFinished),
            last.le(
                DSL.field(
                    "now() - {0} * interval '1 millisecond'",
                    SQLDataType.OFFSETDATETIME, DSL.val(idle.toMillis()))))
        .orderBy(MIGRATION.ID)
        .fetch(MigrationStore::migration);
  }

  /** The states that the migration has been in, oldest first. */
  public List<MigrationReport.Phase> phases(Migration migration) {
    Field<OffsetDateTime> next =
        DSL.coalesce(
            DSL.lead(MIGRATION_EVENT.AT).over(DSL.orderBy(MIGRATION_EVENT.ID)),
            DSL.currentOffsetDateTime());
    return control
        .select(MIGRATION_EVENT.TO_STATE, MIGRATION_EVENT.AT, next)
        .from(MIGRATION_EVENT)
        .where(MIGRATION_EVENT.MIGRATION_ID.eq(migration.id()))
        .orderBy(MIGRATION_EVENT.ID)
        .fetch(
            row ->
                new MigrationReport.Phase(
                    MigrationState.valueOf(row.value1()),
                    Duration.between(row.value2(), row.value3()).toMillis() / 1000.0));
  }

  /** The stored plan, as JSON, if the migration was ever started. */
  public Optional<String> plan(Migration migration) {
    return control
        .select(MIGRATION.PLAN)
        .from(MIGRATION)
        .where(MIGRATION.ID.eq(migration.id()))
        .fetchOptional(MIGRATION.PLAN)
        .map(JSONB::data);
  }

  /**
   * Stores the plan that every later run must follow.
   *
   * @throws TakenOver if another process has stored one meanwhile
   */
  public void keepPlan(Migration migration, String json, String fingerprint) {
    int stored =
        control
            .update(MIGRATION)
            .set(MIGRATION.PLAN, JSONB.jsonb(json))
            .set(MIGRATION.PLAN_FINGERPRINT, fingerprint)
            .where(MIGRATION.ID.eq(migration.id()), MIGRATION.PLAN.isNull())
            .execute();
    if (stored == 0) {
      throw new TakenOver(migration + " was started by another process meanwhile; see its status");
    }
  }

  /**
   * Changes the state.
   *
   * @param error what stopped the migration, or null
   * @param detail what the event should keep; no row contents
   * @return the migration as it is now
   * @throws WrongState if the state machine has no such change
   * @throws TakenOver if somebody changed the migration in between
   */
  public Migration advance(
      Migration seen, MigrationState next, @Nullable String error, Map<String, Object> detail) {
    return control.transactionResult(
        transaction -> advance(transaction.dsl(), seen, next, error, detail));
  }

  /**
   * Commits: flips the route and changes the state in one transaction (promise P5).
   *
   * @param limit how long a statement of it may take
   * @param asked run right before the transaction is committed; if it was not, nothing has changed
   * @throws WrongState if the route is no longer the one that the migration expects
   */
  public Migration flip(
      Migration seen, Map<String, Object> detail, Duration limit, Runnable asked) {
    return flip(seen, MigrationState.COMMITTED, seen.source(), seen.target(), detail, limit, asked);
  }

  /** Flips the route back to the source, in the same way; the copy is still to be deleted. */
  public Migration flipBack(
      Migration seen, Map<String, Object> detail, Duration limit, Runnable asked) {
    return flip(
        seen, MigrationState.ROLLING_BACK, seen.target(), seen.source(), detail, limit, asked);
  }

  private Migration flip(
      Migration seen,
      MigrationState next,
      Realm from,
      Realm to,
      Map<String, Object> detail,
      Duration limit,
      Runnable asked) {
    return control.transactionResult(
        transaction -> {
          DSLContext query = transaction.dsl();
          query
              .select(setting("statement_timeout", limit), setting("lock_timeout", limit))
              .fetchSingle();
          Migration changed = advance(query, seen, next, null, detail);
          RouteTable routes = new RouteTable(query);
          boolean flipped =
              routes
                  .find(seen.tenant())
                  .filter(route -> route.epoch() == seen.routeEpoch())
                  .filter(route -> route.realm().equals(from))
                  .filter(route -> routes.moveTo(route, to))
                  .isPresent();
          if (!flipped) {
            throw new WrongState(
                "the route of tenant '"
                    + seen.tenant()
                    + "' was changed since the migration was scheduled; roll back and schedule"
                    + " again");
          }
          query
              .update(MIGRATION)
              .set(MIGRATION.ROUTE_EPOCH, seen.routeEpoch() + 1)
              .where(MIGRATION.ID.eq(seen.id()))
              .execute();
          asked.run();
          return changed;
        });
  }

  private static Field<String> setting(String name, Duration value) {
    return DSL.field(
        "set_config({0}, {1}, true)",
        String.class, DSL.val(name), DSL.val(String.valueOf(value.toMillis())));
  }

  /**
   * Writes down that the target takes the tenant's writes.
   *
   * @param detail what the event should keep
   */
  public Migration opened(Migration committed, Map<String, Object> detail) {
    return control.transactionResult(
        transaction ->
            transaction
                .dsl()
                .update(MIGRATION)
                .set(MIGRATION.OPENED_AT, DSL.currentOffsetDateTime())
                .where(
                    MIGRATION.ID.eq(committed.id()),
                    MIGRATION.EPOCH.eq(committed.epoch()),
                    MIGRATION.OPENED_AT.isNull())
                .returning()
                .fetchOptional(MigrationStore::migration)
                .map(
                    opened -> {
                      record(
                          transaction.dsl(),
                          opened.id(),
                          MigrationState.COMMITTED,
                          MigrationState.COMMITTED,
                          detail);
                      return opened;
                    })
                .orElseGet(() -> now(committed)));
  }

  /** What the newest event that holds it says under that name, if there is one. */
  public Optional<Long> detail(Migration migration, String name) {
    Field<Long> value =
        DSL.field("({0} ->> {1})::bigint", Long.class, MIGRATION_EVENT.DETAIL, DSL.val(name));
    return control
        .select(value)
        .from(MIGRATION_EVENT)
        .where(MIGRATION_EVENT.MIGRATION_ID.eq(migration.id()), value.isNotNull())
        .orderBy(MIGRATION_EVENT.ID.desc())
        .limit(1)
        .fetchOptional(value);
  }

  /** Does the work on one connection, which is opened before: where each moment counts. */
  public <T> T onOneConnection(Function<MigrationStore, T> work) {
    return control.connectionResult(
        connection ->
            work.apply(
                new MigrationStore(DSL.using(control.configuration().derive(connection)), actor)));
  }

  private Migration advance(
      DSLContext transaction,
      Migration seen,
      MigrationState next,
      @Nullable String error,
      Map<String, Object> detail) {
    if (!seen.state().mayBecome(next)) {
      throw new WrongState(
          seen + " is " + seen.state() + " and cannot become " + next + "; see its status");
    }
    Migration changed;
    try {
      changed = change(transaction, seen, next, error);
    } catch (IntegrityConstraintViolationException e) {
      throw new WrongState(
          "tenant '"
              + seen.tenant()
              + "' has another migration that is not over; roll it back first");
    }
    record(transaction, seen.id(), seen.state(), next, detail);
    return changed;
  }

  private static Migration change(
      DSLContext transaction, Migration seen, MigrationState next, @Nullable String error) {
    return transaction
        .update(MIGRATION)
        .set(MIGRATION.STATE, next.name())
        .set(MIGRATION.EPOCH, seen.epoch() + 1)
        .set(MIGRATION.ERROR, error)
        .set(
            MIGRATION.ATTEMPTS,
            next == MigrationState.COPYING ? MIGRATION.ATTEMPTS.plus(1) : MIGRATION.ATTEMPTS)
        .set(
            MIGRATION.COMMITTED_AT,
            next == MigrationState.COMMITTED && seen.state() == MigrationState.COMMITTING
                ? DSL.currentOffsetDateTime()
                : MIGRATION.COMMITTED_AT)
        .where(MIGRATION.ID.eq(seen.id()), MIGRATION.EPOCH.eq(seen.epoch()))
        .returning()
        .fetchOptional(MigrationStore::migration)
        .orElseThrow(
            () ->
                new TakenOver(seen + " was changed by another process meanwhile; see its status"));
  }

  private void record(
      DSLContext transaction,
      long migrationId,
      @Nullable MigrationState from,
      MigrationState to,
      Map<String, Object> detail) {
    transaction
        .insertInto(MIGRATION_EVENT)
        .set(MIGRATION_EVENT.MIGRATION_ID, migrationId)
        .set(MIGRATION_EVENT.FROM_STATE, from == null ? null : from.name())
        .set(MIGRATION_EVENT.TO_STATE, to.name())
        .set(MIGRATION_EVENT.ACTOR, actor)
        .set(MIGRATION_EVENT.DETAIL, JSONB.jsonb(Details.toJson(detail)))
        .execute();
  }

  static Migration migration(MigrationRecord row) {
    return new Migration(
        row.getId(),
        new TenantId(row.getClientKey()),
        new Realm(row.getSourceRealm()),
        new Realm(row.getTargetRealm()),
        MigrationState.valueOf(row.getState()),
        row.getEpoch(),
        row.getRouteEpoch(),
        row.getWindowStart().toInstant(),
        row.getWindowEnd().toInstant(),
        row.getError(),
        row.getCommittedAt() == null ? null : row.getCommittedAt().toInstant(),
        row.getOpenedAt() == null ? null : row.getOpenedAt().toInstant(),
        row.getCopies());
  }

  static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
