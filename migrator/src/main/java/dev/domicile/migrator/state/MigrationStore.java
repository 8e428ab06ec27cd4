package dev.domicile.migrator.state;

import static dev.domicile.sql.control.Tables.MIGRATION;
import static dev.domicile.sql.control.Tables.MIGRATION_EVENT;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.MigrationState;
import dev.domicile.router.Realm;
import dev.domicile.router.Route;
import dev.domicile.router.TenantId;
import dev.domicile.sql.control.tables.records.MigrationRecord;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Query;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Migrations in the control database. Each change of state compares the epoch that the caller saw,
 * and writes an event, in one transaction.
 */
public final class MigrationStore {
  static final String FENCES_DOWN = "fencesDown";

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

  /** What is known of migrations. */
  public Migrations known() {
    return new Migrations(control);
  }

  /** The change of a tenant's home. */
  public Flip flip() {
    return new Flip(control, this);
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
   * @param before the fingerprint of the plan that it takes the place of, or null if there is none
   * @throws TakenOver if another process has stored one meanwhile
   */
  public void keepPlan(
      Migration migration, String json, String fingerprint, @Nullable String before) {
    int stored =
        control
            .update(MIGRATION)
            .set(MIGRATION.PLAN, JSONB.jsonb(json))
            .set(MIGRATION.PLAN_FINGERPRINT, fingerprint)
            .where(
                MIGRATION.ID.eq(migration.id()),
                MIGRATION.PLAN_FINGERPRINT.isNotDistinctFrom(before))
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

  /** Does the work on one connection, which is opened before: where each moment counts. */
  public <T> T onOneConnection(Function<MigrationStore, T> work) {
    return control.connectionResult(
        connection ->
            work.apply(
                new MigrationStore(DSL.using(control.configuration().derive(connection)), actor)));
  }

  Migration advance(
      DSLContext transaction,
      Migration seen,
      MigrationState next,
      @Nullable String error,
      Map<String, Object> detail) {
    Migration changed;
    try {
      changed = change(transaction, seen, next, error, seen.routeEpoch());
    } catch (IntegrityConstraintViolationException e) {
      throw new WrongState(
          "tenant '"
              + seen.tenant()
              + "' has another migration that is not over; roll it back first");
    }
    record(transaction, seen.id(), seen.state(), next, detail);
    return changed;
  }

  /**
   * Changes the state, and leaves the event to the caller.
   *
   * @param routeEpoch the epoch of the route from then on
   */
  static Migration change(
      DSLContext transaction,
      Migration seen,
      MigrationState next,
      @Nullable String error,
      long routeEpoch) {
    if (!seen.state().mayBecome(next)) {
      throw new WrongState(
          seen + " is " + seen.state() + " and cannot become " + next + "; see its status");
    }
    return transaction
        .update(MIGRATION)
        .set(MIGRATION.STATE, next.name())
        .set(MIGRATION.EPOCH, seen.epoch() + 1)
        .set(MIGRATION.ROUTE_EPOCH, routeEpoch)
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
    event(transaction, migrationId, from, to, detail).execute();
  }

  /** The statement that writes an event down. */
  Query event(
      DSLContext transaction,
      long migrationId,
      @Nullable MigrationState from,
      MigrationState to,
      Map<String, Object> detail) {
    return transaction
        .insertInto(MIGRATION_EVENT)
        .set(MIGRATION_EVENT.MIGRATION_ID, migrationId)
        .set(MIGRATION_EVENT.FROM_STATE, from == null ? null : from.name())
        .set(MIGRATION_EVENT.TO_STATE, to.name())
        .set(MIGRATION_EVENT.ACTOR, actor)
        .set(MIGRATION_EVENT.DETAIL, JSONB.jsonb(Details.toJson(detail)));
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
