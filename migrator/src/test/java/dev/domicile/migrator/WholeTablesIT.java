package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.testkit.StatementProxy;
import dev.domicile.testkit.StatementProxy.Point;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Notes become the tenant's at the last moment before a snapshot is taken: what hangs from them is
 * noted as whole tables, after the look at those, while a changed row among it is noted by its key
 * and refers to others that are not.
 */
final class WholeTablesIT {
  private static final String SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private volatile StatementProxy.Faults faults = point -> false;

  /** More often than one drain has attempts, so that a look at whole tables is outrun too. */
  @ParameterizedTest
  @CsvSource({"false, TRIGGERS", "true, TRIGGERS", "false, LOGICAL"})
  void areTakenAlongInTheNextRound(boolean superuser, Capture capture) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 20).noting(capture);
    realms.copied();
    Iterator<String> notes = neighboursNotes(realms, 9);

    try (StatementProxy proxy = proxy(realms, superuser)) {
      faults = point -> moveNext(realms, point, notes);
      new Migrator(over(proxy, realms, Duration.ofSeconds(20)), "test")
          .commit(TENANT, Progress.Listener.NONE);
    }

    assertThat(notes.hasNext()).as("notes that never changed hands").isFalse();
    assertMoved(realms);
  }

  /** A tenant of which each round finds more ends up in one state of the data all the same. */
  @Test
  void areTakenAlongInOneSnapshotWhereTheRoundsComeToNothing() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 400);
    realms.copied();
    Iterator<String> notes = neighboursNotes(realms, 400);

    try (StatementProxy proxy = proxy(realms, false)) {
      faults = point -> moveNext(realms, point, notes);
      CaptureIT.catchUp(over(proxy, realms, Duration.ofMillis(50)));
      faults = point -> false;
    }

    assertThat(notes.hasNext()).as("goes on to the end").isTrue();
    realms.migrator().commit(TENANT, Progress.Listener.NONE);
    assertMoved(realms);
  }

  private static Iterator<String> neighboursNotes(TwoRealms realms, int count) {
    return realms
        .us
        .list("SELECT id FROM note WHERE client_key = 'tenant-b' ORDER BY id LIMIT " + count)
        .iterator();
  }

  private static synchronized boolean moveNext(
      TwoRealms realms, Point point, Iterator<String> notes) {
    if (point.statement().startsWith(SNAPSHOT) && !point.answered() && notes.hasNext()) {
      realms.us.execute(
          """
          UPDATE note SET client_key = 'tenant-a', board_id = (SELECT min(id) FROM board WHERE client_key = 'tenant-a')
          WHERE id = %1$s;
          UPDATE comment SET body = 'moved' WHERE note_id = %1$s AND parent_id IS NOT NULL
          """
              .formatted(notes.next()));
    }
    return false;
  }

  private static void assertMoved(TwoRealms realms) {
    assertThat(rows(realms.eu, TENANT.clientKey()))
        .isEqualTo(rows(realms.us, TENANT.clientKey()))
        .anySatisfy(row -> assertThat(row).contains("moved"));
  }

  private StatementProxy proxy(TwoRealms realms, boolean superuser) {
    return new StatementProxy(
        "us",
        superuser ? TestDatabases.server().asSuperuser(realms.us) : realms.us,
        point -> faults.strike(point));
  }

  private static MigratorConfig over(StatementProxy proxy, TwoRealms realms, Duration pause) {
    boolean superuser = !proxy.database().user().equals(realms.eu.user());
    return realms
        .smallChunks()
        .withRealms(
            Map.of(
                US,
                TwoRealms.config(proxy.database()),
                EU,
                TwoRealms.config(
                    superuser ? TestDatabases.server().asSuperuser(realms.eu) : realms.eu)))
        .withCutover(
            new CutoverSettings(
                pause, 3, Duration.ofHours(1), realms.config().cutover().capture()));
  }
}
