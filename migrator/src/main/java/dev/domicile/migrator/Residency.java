package dev.domicile.migrator;

import dev.domicile.migrator.RealmCheck.Holding;
import dev.domicile.migrator.RealmCheck.State;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.Planner;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.sql.Identifiers;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks into every configured realm for rows of a tenant. Each realm is asked by its own catalogue,
 * since that is what says which of its rows are the tenant's.
 */
final class Residency {
  private static final String NO_TENANT_TABLE = "no-tenant-table";

  private final MigratorConfig config;
  private final InstantSource clock;

  Residency(MigratorConfig config, InstantSource clock) {
    this.config = config;
    this.clock = clock;
  }

  /**
   * What each realm holds of the tenant, its home first.
   *
   * @param copies realms that may hold a copy, each with a note
   */
  List<RealmCheck> check(TenantId tenant, Realm home, Map<Realm, String> copies) {
    List<RealmCheck> checks = new ArrayList<>();
    checks.add(check(tenant, home, State.HOME, null));
    for (Realm realm : new TreeSet<>(config.realms().keySet())) {
      if (!realm.equals(home)) {
        @Nullable String note = copies.get(realm);
        checks.add(
            sharesDatabase(home, realm)
                .orElseGet(
                    () -> check(tenant, realm, note == null ? State.CLEAN : State.COPY, note)));
      }
    }
    return checks;
  }

  private RealmCheck check(TenantId tenant, Realm realm, State expected, @Nullable String note) {
    try (RealmSession session = Realms.open(config, realm)) {
      Planner planner = new Planner(tenant, session, realm, session, realm, config.tables(), null);
      Plan plan = planner.plan(true);
      List<Holding> tables = new ArrayList<>(holdings(session, plan));
      Optional<String> unclear =
          planner.findings().stream()
              .filter(finding -> finding.severity() == Finding.Severity.ERROR)
              .filter(finding -> !isEmpty(planner.source(), finding))
              .map(Finding::toString)
              .findFirst();
      if (expected == State.CLEAN) {
        keys(session, tenant).forEach(tables::add);
      }
      if (!tables.isEmpty() && expected == State.CLEAN) {
        return new RealmCheck(realm, State.REMNANTS, clock.instant(), tables, note);
      }
      return unclear
          .map(why -> new RealmCheck(realm, State.UNCHECKED, clock.instant(), tables, why))
          .orElseGet(() -> new RealmCheck(realm, expected, clock.instant(), tables, note));
    } catch (MigrationException e) {
      return new RealmCheck(realm, State.UNCHECKED, clock.instant(), List.of(), e.getMessage());
    }
  }

  /** A realm in which the application has no table yet cannot hold a row. */
  private boolean isEmpty(Catalog catalog, Finding finding) {
    return finding.code().equals(NO_TENANT_TABLE)
        && catalog.tables().stream()
            .noneMatch(table -> config.tables().schemas().contains(table.name().schema()));
  }

  private static List<Holding> holdings(RealmSession session, Plan plan) {
    return plan.tables().stream().flatMap(table -> holding(session, plan, table)).toList();
  }

  private static Stream<Holding> holding(RealmSession session, Plan plan, TablePlan table) {
    TenantRows rows = new TenantRows(plan, table);
    long count =
        session.number("SELECT count(*) FROM %s WHERE %s".formatted(rows.from(), rows.where()));
    return count == 0 ? Stream.empty() : Stream.of(new Holding(table.name().toString(), count));
  }

  /** Bounds of chunks, and notes of changed rows, are values of the tenant's keys. */
  private static Stream<Holding> keys(RealmSession session, TenantId tenant) {
    return Stream.concat(
        keys(session, tenant, "domicile.copy_chunk", "domicile.copy"),
        keys(session, tenant, "domicile.change_log", "domicile.fence"));
  }

  private static Stream<Holding> keys(
      RealmSession session, TenantId tenant, String table, String migrations) {
    if (!session.test("SELECT to_regclass(" + Identifiers.literal(table) + ") IS NOT NULL")) {
      return Stream.empty();
    }
    long count =
        session.number(
            "SELECT count(*) FROM %s JOIN %s USING (migration_id) WHERE client_key = %s"
                .formatted(table, migrations, Identifiers.literal(tenant.clientKey())));
    return count == 0 ? Stream.empty() : Stream.of(new Holding(table, count));
  }

  private Optional<RealmCheck> sharesDatabase(Realm home, Realm realm) {
    boolean shared = OneDatabase.isConfigured(config, home, realm);
    if (!shared) {
      try (RealmSession one = Realms.open(config, home);
          RealmSession other = Realms.open(config, realm)) {
        shared = OneDatabase.isReached(one, other);
      } catch (MigrationException e) {
        return Optional.of(
            new RealmCheck(realm, State.UNCHECKED, clock.instant(), List.of(), e.getMessage()));
      }
    }
    return shared
        ? Optional.of(
            new RealmCheck(
                realm, State.SHARED, clock.instant(), List.of(), "has the database of " + home))
        : Optional.empty();
  }
}
