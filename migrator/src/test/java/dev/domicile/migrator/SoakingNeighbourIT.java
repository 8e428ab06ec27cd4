package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One tenant comes to a realm where what another one writes is still noted for its return. */
final class SoakingNeighbourIT {
  private static final TenantId SECOND = new TenantId(NEIGHBOUR);
  private static final String NOTED = "SELECT count(*) FROM domicile.change_log";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void isCopiedWithoutOneLookAtTheOther() throws InterruptedException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 100);
    realms.committed();
    TestDatabases.server()
        .asSuperuser(realms.eu)
        .execute("ALTER DATABASE " + realms.eu.name() + " SET track_functions = 'all'");
    String looks =
        "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname LIKE"
            + " 'fence_%_table_%'";

    move(realms);

    assertThat(realms.eu.number(NOTED)).isZero();
    realms.eu.execute("UPDATE comment SET body = 'later' WHERE id = " + firstComment(TENANT));
    // A server counts a call when its session has ended.
    for (int i = 0; i < 100 && realms.eu.number(looks) == 0; i++) {
      Thread.sleep(100);
    }
    // One for each of the two tenants in their soak, by the application's write.
    assertThat(realms.eu.number(looks)).isEqualTo(2);
    assertThat(realms.eu.number(NOTED)).isOne();
    List<String> now = rows(realms.eu, TENANT.clientKey());
    realms.migrator().rollback(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.us, TENANT.clientKey())).isEqualTo(now);
  }

  /** A row with two ways to a tenant may be both tenants', so it is looked at. */
  @Test
  void bringsARowThatIsTheOthersToo() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20);
    String table =
        "CREATE TABLE bridge (id bigint PRIMARY KEY, one bigint REFERENCES note,"
            + " other bigint REFERENCES note)";
    realms.us.execute(table);
    realms.eu.execute(table);
    realms.us.execute(
        "INSERT INTO bridge SELECT 1, min(id), NULL FROM note WHERE client_key = '"
            + NEIGHBOUR
            + "'");
    realms.committed();
    // The first tenant's notes are the same at both ends, so the row may refer to one.
    realms.us.execute("ALTER TABLE bridge DISABLE TRIGGER USER");
    realms.us.execute(
        "UPDATE bridge SET other = (SELECT min(id) FROM note WHERE client_key = '"
            + TENANT.clientKey()
            + "')");
    realms.us.execute("ALTER TABLE bridge ENABLE TRIGGER USER");

    move(realms);

    assertThat(realms.eu.number("SELECT count(*) FROM bridge")).isOne();
    assertThat(realms.eu.number(NOTED)).isOne();
  }

  private static void move(TwoRealms realms) {
    Migrator migrator = realms.migrator();
    migrator.schedule(SECOND, EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(SECOND, Progress.Listener.NONE);
    migrator.commit(SECOND, Progress.Listener.NONE);
  }

  private static String firstComment(TenantId tenant) {
    return "(SELECT min(c.id) FROM comment AS c JOIN note AS n ON n.id = c.note_id"
        + " WHERE n.client_key = '"
        + tenant.clientKey()
        + "')";
  }
}
