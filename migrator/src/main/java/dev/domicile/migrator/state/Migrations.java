package dev.domicile.migrator.state;

import static dev.domicile.sql.control.Tables.MIGRATION;
import static dev.domicile.sql.control.Tables.MIGRATION_EVENT;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationReport;
import dev.domicile.migrator.MigrationState;
import dev.domicile.router.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** What the control database knows of migrations: which there are, and what they went through. */
public final class Migrations {
  private final DSLContext control;

  Migrations(DSLContext control) {
    this.control = control;
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
            MIGRATION.COMMITTED_AT.le(MigrationStore.utc(committedBy)),
            DSL.notExists(
                DSL.selectOne()
                    .from(MIGRATION_EVENT)
                    .where(
                        MIGRATION_EVENT.MIGRATION_ID.eq(MIGRATION.ID),
                        DSL.condition(
                            "jsonb_exists({0}, {1})",
                            MIGRATION_EVENT.DETAIL, DSL.inline(MigrationStore.FENCES_DOWN)))))
        .orderBy(MIGRATION.ID)
        .fetch(MigrationStore::migration);
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
}
