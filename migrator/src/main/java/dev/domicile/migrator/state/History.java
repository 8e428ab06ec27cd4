package dev.domicile.migrator.state;

import static dev.domicile.sql.control.Tables.MIGRATION;
import static dev.domicile.sql.control.Tables.MIGRATION_EVENT;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationState;
import dev.domicile.router.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/** What has happened to a tenant's migrations, as the append-only events tell it. */
public final class History {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final DSLContext control;

  /** The history in the database that the context reaches. */
  public History(DSLContext control) {
    this.control = control;
  }

  /**
   * A change of state.
   *
   * @param at when
   * @param actor who made it
   * @param detail what was written down with it
   */
  public record Event(Instant at, String actor, JsonNode detail) {}

  /** All migrations of the tenant, oldest first. */
  public List<Migration> migrations(TenantId tenant) {
    return control
        .selectFrom(MIGRATION)
        .where(MIGRATION.CLIENT_KEY.eq(tenant.clientKey()))
        .orderBy(MIGRATION.ID)
        .fetch(MigrationStore::migration);
  }

  /** When a migration came into a state last, if it ever did. */
  public Optional<Event> last(Migration migration, MigrationState state) {
    return control
        .selectFrom(MIGRATION_EVENT)
        .where(
            MIGRATION_EVENT.MIGRATION_ID.eq(migration.id()),
            MIGRATION_EVENT.TO_STATE.eq(state.name()))
        .orderBy(MIGRATION_EVENT.ID.desc())
        .limit(1)
        .fetchOptional(
            row ->
                new Event(row.getAt().toInstant(), row.getActor(), parse(row.getDetail().data())));
  }

  private static JsonNode parse(String detail) {
    try {
      return JSON.readTree(detail);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the control database holds details that are no JSON", e);
    }
  }
}
