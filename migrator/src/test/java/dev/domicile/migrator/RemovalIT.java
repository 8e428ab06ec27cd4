package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows are deleted in small transactions, and what was deleted is known however often it stops. */
final class RemovalIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;
  private static final int BATCH = 50;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void purgesALargeChunkInSmallTransactions() {
    TwoRealms realms = copiedInLargeChunks();
    new Migrator(realms.config(), "test").commit(TENANT, NONE);
    watchDeletions(realms.us);

    impatient(realms).purge(TENANT, NONE);

    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.us, NEIGHBOUR)).isNotEmpty();
    assertThat(largestTransaction(realms.us)).isPositive().isLessThanOrEqualTo(BATCH);
  }

  @Test
  void rollsALargeChunkBackInSmallTransactions() {
    TwoRealms realms = copiedInLargeChunks();
    List<String> others = rows(realms.eu, TwoRealms.RESIDENT);
    watchDeletions(realms.eu);

    realms.migrator().rollback(TENANT, NONE);

    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
    assertThat(rows(realms.eu, TwoRealms.RESIDENT)).isEqualTo(others);
    assertThat(largestTransaction(realms.eu)).isPositive().isLessThanOrEqualTo(BATCH);
  }

  @Test
  void deletesAChainOfRowsThatReferToEachOther() {
    TwoRealms realms = copiedInLargeChunks();
    new Migrator(realms.config(), "test").rollback(TENANT, NONE);
    realms.us.execute(
        """
        UPDATE comment AS c SET parent_id = chain.before
        FROM (SELECT c.id, lag(c.id) OVER (ORDER BY c.id) AS before
              FROM comment AS c JOIN note AS n ON n.id = c.note_id WHERE n.client_key = 'tenant-a') AS chain
        WHERE c.id = chain.id
        """);
    realms.committed();

    impatient(realms).purge(TENANT, NONE);

    assertThat(rows(realms.us, TENANT.clientKey())).isEmpty();
  }

  @Test
  void knowsWhatAPurgeInSeveralGoesHasDeleted() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 100);
    long rows = rows(realms.us, TENANT.clientKey()).size();
    realms.committed();
    for (int stop = 1; stop <= 3; stop++) {
      assertThatThrownBy(
              () ->
                  impatient(realms)
                      .purge(
                          TENANT,
                          progress -> {
                            if (progress.rows() > 0) {
                              throw new IllegalStateException("stopped");
                            }
                          }))
          .hasMessage("stopped");
    }

    impatient(realms).purge(TENANT, NONE);

    assertThat(
            realms.control.list(
                "SELECT detail->>'rowsDeleted' FROM domicile.migration_event WHERE to_state ="
                    + " 'PURGED'"))
        .containsExactly(String.valueOf(rows));
    assertThat(realms.us.number("SELECT count(*) FROM domicile.removal")).isZero();
  }

  private TwoRealms copiedInLargeChunks() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 150);
    realms.schedule();
    new Migrator(realms.config(), "test").start(TENANT, NONE);
    return realms;
  }

  /** The batches are as small as the chunks would be. */
  private static Migrator impatient(TwoRealms realms) {
    return new Migrator(realms.smallChunks().withRetention(Duration.ZERO), "test");
  }

  private static void watchDeletions(Database database) {
    database.execute(
        """
        CREATE SCHEMA watch;
        CREATE TABLE watch.deletion (at xid8 NOT NULL);
        CREATE FUNCTION watch.note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO watch.deletion VALUES (pg_current_xact_id()); RETURN NULL; END $$;
        """);
    SampleApp.TABLES.forEach(
        table ->
            database.execute(
                "CREATE TRIGGER watch AFTER DELETE ON %s FOR EACH ROW EXECUTE FUNCTION watch.note()"
                    .formatted(table)));
  }

  private static long largestTransaction(Database database) {
    return database.number(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM watch.deletion GROUP BY at::text) AS sizes");
  }
}
