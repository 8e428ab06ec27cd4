package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a small tenant's move reads depends on the tenant, not on the tables' size. */
final class SmallTenantIT {
  private static final long MANY = 60_000;
  private static final long FEW = 15_000;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void doesNotReadTheRowsOfOthers() {
    TwoRealms realms = new TwoRealms(databases);
    SampleApp.create(realms.us, 1, 2);
    SampleApp.create(realms.eu, 2, 2);
    SampleApp.addTenant(realms.us, NEIGHBOUR, 15_000);
    SampleApp.addTenant(realms.us, TENANT.clientKey(), 50);
    SampleApp.addTenant(realms.eu, TwoRealms.RESIDENT, 15_000);
    assertThat(SampleApp.count(realms.us, NEIGHBOUR)).isGreaterThan(MANY);
    realms.migrator().init(false);
    realms.migrator().routes().add(TENANT, US);
    // As a server does by itself before long.
    realms.us.execute("ANALYZE");
    realms.eu.execute("ANALYZE");
    long source = read(realms.us);
    long target = read(realms.eu);

    realms.copied();

    assertThat(read(realms.us) - source).as("rows read at the source").isBetween(200L, FEW);
    assertThat(read(realms.eu) - target).as("rows read at the target").isBetween(200L, FEW);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  /** By any session since the database was made; each tells when it ends. */
  private static long read(Database database) {
    return database.number(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables"
            + " WHERE schemaname = 'public'");
  }
}
