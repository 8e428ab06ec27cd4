package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** EU and DE rest in one database: between them the route changes, and no row ever does. */
final class OneDatabaseIT {
  private static final Realm DE = new Realm("DE");
  private static final Progress.Listener NONE = Progress.Listener.NONE;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private TenantId resident;
  private List<String> euBefore;

  @BeforeEach
  void open() {
    realms = TwoRealms.withSampleApp(databases, 50);
    resident = new TenantId(TwoRealms.RESIDENT);
    euBefore = SampleApp.everything(realms.eu);
  }

  @Test
  void changesTheRouteAndNothingElse() {
    Migrator migrator = migrator(shared());
    assertThat(migrator.assess(resident, DE).findings())
        .singleElement()
        .satisfies(finding -> assertThat(finding.code()).isEqualTo("one-database"));

    schedule(migrator, resident, DE);
    assertThat(migrator.start(resident, NONE).state()).isEqualTo(MigrationState.READY_TO_COMMIT);
    realms.eu.execute("UPDATE board SET name = name WHERE client_key = 'tenant-c'");
    assertThat(migrator.commit(resident, NONE).state()).isEqualTo(MigrationState.COMMITTED);

    assertThat(migrator.routes().find(resident).orElseThrow().realm()).isEqualTo(DE);
    assertThat(rows(realms.eu, resident.clientKey())).isNotEmpty();
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(euBefore);
    assertThat(fences(realms.eu)).isZero();
    assertThat(realms.eu.number("SELECT count(*) FROM domicile.copy")).isZero();
    realms.eu.execute("UPDATE board SET name = name WHERE client_key = 'tenant-c'");
    // And on to a realm of its own, which is a copy again.
    schedule(migrator, resident, US);
    migrator.start(resident, NONE);
    assertThat(migrator.commit(resident, NONE).state()).isEqualTo(MigrationState.COMMITTED);
    assertThat(rows(realms.us, resident.clientKey())).hasSameSizeAs(rows(realms.eu, "tenant-c"));
  }

  @Test
  void leavesNothingToPurgeAndSaysSo() {
    Migrator migrator = migrator(shared());
    schedule(migrator, resident, DE);
    migrator.start(resident, NONE);
    migrator.commit(resident, NONE);

    assertThatThrownBy(() -> migrator.purge(resident, NONE))
        .isInstanceOf(WrongState.class)
        .hasMessageContaining("nothing is purged");
    // Nor later, when the realms have two databases: what was the only copy then may be so still.
    Migrator split = migrator(Map.of(EU, config(realms.eu), DE, config(realms.us)));
    assertThatThrownBy(() -> split.purge(resident, NONE)).isInstanceOf(WrongState.class);
    Verification verification = migrator.verify(resident, 10, NONE);
    assertThat(verification.copies()).isNull();
    assertThat(verification.realms())
        .extracting(RealmCheck::state)
        .containsExactly(RealmCheck.State.HOME, RealmCheck.State.SHARED, RealmCheck.State.CLEAN);
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(euBefore);
    assertThatThrownBy(
            () -> realms.control.execute("UPDATE domicile.migration SET state = 'PURGED'"))
        .hasStackTraceContaining("migration_purges_copies");
  }

  @Test
  void rollsBackWithoutDeletingARow() {
    Migrator migrator = migrator(shared());
    schedule(migrator, resident, DE);
    migrator.start(resident, NONE);

    assertThat(migrator.rollback(resident, NONE).state()).isEqualTo(MigrationState.ROLLED_BACK);

    assertThat(SampleApp.everything(realms.eu)).isEqualTo(euBefore);
    assertThat(migrator.routes().find(resident).orElseThrow().realm()).isEqualTo(EU);
  }

  @Test
  void refusesToChangeTheRouteToADatabaseThatWasSplitOffMeanwhile() {
    schedule(migrator(shared()), resident, DE);
    migrator(shared()).start(resident, NONE);
    Migrator split = migrator(Map.of(EU, config(realms.eu), DE, config(realms.us)));

    assertThatThrownBy(() -> split.commit(resident, NONE))
        .isInstanceOf(WrongState.class)
        .hasMessageContaining("now they have two");
    assertThat(split.routes().find(resident).orElseThrow().realm()).isEqualTo(EU);
  }

  @Test
  void refusesACopyWithinOneDatabaseUnderTwoAddresses() {
    DatabaseConfig other = config(realms.eu, realms.eu.url().replace("localhost", "127.0.0.1"));
    Migrator migrator = migrator(Map.of(EU, config(realms.eu), DE, other));
    assertThat(migrator.assess(resident, DE).allowed()).isFalse();

    schedule(migrator, resident, DE);
    assertThatThrownBy(() -> migrator.start(resident, NONE)).isInstanceOf(WrongState.class);
    migrator.rollback(resident, NONE);
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(euBefore);
  }

  /** The copy went from US to EU; then both names were given to the database of EU. */
  @Test
  void neverPurgesWhatBecameTheHomeOfAnotherName() {
    realms.committed();
    List<String> home = SampleApp.everything(realms.eu);
    Migrator merged = migrator(Map.of(US, config(realms.eu), EU, config(realms.eu)));

    assertThatThrownBy(() -> merged.purge(TENANT, NONE))
        .isInstanceOf(WrongState.class)
        .hasMessageContaining("never purged");
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(home);
  }

  /** The copy went from US to EU; then the route was given another name of the old database. */
  @Test
  void neverPurgesTheDatabaseThatTheRouteLeadsToByAnotherName() {
    realms.committed();
    List<String> old = SampleApp.everything(realms.us);
    realms.control.execute(
        "UPDATE domicile.route SET realm = 'DE', epoch = epoch + 1 WHERE client_key = 'tenant-a'");
    Migrator renamed =
        migrator(Map.of(US, config(realms.us), EU, config(realms.eu), DE, config(realms.us)));

    assertThatThrownBy(() -> renamed.purge(TENANT, NONE))
        .isInstanceOf(WrongState.class)
        .hasMessageContaining("never purged");
    assertThat(SampleApp.everything(realms.us)).isEqualTo(old);
  }

  /** A copy was under way; then both names were given to the source's database. */
  @Test
  void neverUndoesACopyInTheSourceItself() {
    realms.copied();
    List<String> source = SampleApp.everything(realms.us);
    realms.us.execute("INSERT INTO domicile.copy SELECT 1, 'tenant-a', 1 ON CONFLICT DO NOTHING");
    Migrator merged = migrator(Map.of(US, config(realms.us), EU, config(realms.us)));

    assertThatThrownBy(() -> merged.rollback(TENANT, NONE))
        .isInstanceOf(WrongState.class)
        .hasMessageContaining("nothing is deleted");
    assertThat(SampleApp.everything(realms.us)).isEqualTo(source);
    assertThat(realms.migrator().rollback(TENANT, NONE).state())
        .isEqualTo(MigrationState.ROLLED_BACK);
  }

  private Map<Realm, DatabaseConfig> shared() {
    return Map.of(US, config(realms.us), EU, config(realms.eu), DE, config(realms.eu));
  }

  private Migrator migrator(Map<Realm, DatabaseConfig> databases) {
    return new Migrator(
        realms.smallChunks().withRealms(databases).withRetention(Duration.ZERO), "test");
  }

  private static void schedule(Migrator migrator, TenantId tenant, Realm target) {
    migrator.schedule(tenant, target, Instant.now(), Instant.now().plusSeconds(3600));
  }

  private static long fences(Database database) {
    return database.number("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'domicile_fence%'");
  }

  private static DatabaseConfig config(Database database) {
    return TwoRealms.config(database);
  }

  private static DatabaseConfig config(Database database, String url) {
    return new DatabaseConfig(url, database.user(), database.password());
  }
}
