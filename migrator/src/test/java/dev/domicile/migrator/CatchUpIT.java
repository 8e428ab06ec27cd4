package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.cutover.ChangeLog;
import dev.domicile.migrator.cutover.Cutover;
import dev.domicile.migrator.cutover.Drain;
import dev.domicile.migrator.cutover.Notes;
import dev.domicile.migrator.cutover.WholeTables;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.state.ControlDatabase;
import dev.domicile.migrator.state.MigrationStore;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A tenant that writes during each drain. */
final class CatchUpIT {
  private static final int ROWS = 5_100;
  private static final String BEAT = "UPDATE beat SET n = n + 1 WHERE client_key = 'tenant-a'";
  private static final CutoverSettings SHORT =
      new CutoverSettings(Duration.ofMillis(50), 1, Duration.ofHours(1));

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void endsThoughMoreComesThanIsTakenAlongAndOnlyTheSwitchIsRefused() {
    TwoRealms realms = withBeats(ROWS);
    Migration ready = start(realms);
    realms.us.execute(BEAT);

    try (Ends ends = Ends.forth(realms.config(), ready)) {
      Cutover cutover = cutover(realms, ends, ready, SHORT, () -> realms.us.execute(BEAT));
      cutover.catchUp();

      assertThat(realms.eu.list("SELECT DISTINCT n > 0 FROM beat")).containsExactly("t");
      assertThat(realms.eu.number("SELECT count(DISTINCT n) FROM beat"))
          .as("states of the data")
          .isOne();
      assertThat(new ChangeLog(ends.from(), ready).lag().changes()).isGreaterThanOrEqualTo(ROWS);
      assertThatThrownBy(() -> cutover.run(List.of(), () -> {}, () -> "flipped"))
          .isInstanceOf(MigrationException.CutoverTimedOut.class)
          .hasMessageContaining("writes faster than its changes can be taken along");
    }
    realms.us.execute(BEAT);
    realms.migrator().commit(TENANT, Progress.Listener.NONE);

    String beats = "SELECT id || ' ' || n FROM beat ORDER BY id";
    assertThat(realms.eu.list(beats)).isEqualTo(realms.us.list(beats)).hasSize(ROWS);
  }

  /** However little it writes, no drain to there gets short. */
  @Test
  void switchesToARealmThatIsFarAway() {
    TwoRealms realms = withBeats(1);
    Migration ready = start(realms);
    realms.eu.execute(
        """
        CREATE FUNCTION far() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          PERFORM pg_sleep(0.3);
          RETURN NULL;
        END $$;
        CREATE TRIGGER far BEFORE UPDATE ON beat FOR EACH STATEMENT EXECUTE FUNCTION far();
        """);
    realms.us.execute(BEAT);
    AtomicInteger refused = new AtomicInteger();
    Runnable write =
        () -> {
          try (Connection connection = realms.us.connect();
              Statement statement = connection.createStatement()) {
            statement.execute(BEAT);
          } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("DM001");
            refused.incrementAndGet();
          }
        };

    try (Ends ends = Ends.forth(realms.config(), ready)) {
      Cutover cutover = cutover(realms, ends, ready, CutoverSettings.DEFAULT, write);
      assertThat(cutover.run(List.of(), () -> {}, () -> "flipped").result()).isEqualTo("flipped");
    }
    assertThat(refused).hasPositiveValue();
    assertThat(realms.eu.list("SELECT n FROM beat"))
        .isEqualTo(realms.us.list("SELECT n FROM beat"));
  }

  private TwoRealms withBeats(int rows) {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          "CREATE TABLE beat (client_key text, id int, n int, PRIMARY KEY (client_key, id))");
    }
    realms.us.execute(
        "INSERT INTO beat SELECT 'tenant-a', i, 0 FROM generate_series(1, " + rows + ") AS i");
    return realms;
  }

  private static Migration start(TwoRealms realms) {
    realms.schedule();
    return new Migrator(realms.config(), "test").start(TENANT, Progress.Listener.NONE);
  }

  private static Cutover cutover(
      TwoRealms realms, Ends ends, Migration ready, CutoverSettings settings, Runnable guard) {
    MigrationStore store =
        new MigrationStore(ControlDatabase.open(realms.config().control()), "test");
    Plan plan = Plan.fromJson(store.plan(ready).orElseThrow());
    Drain drain = new Drain(ready, ends.from(), ends.to(), plan, guard, Notes.DIRECT);
    drain.prepare();
    return new Cutover(
        ready,
        plan,
        ends.fenceFrom(ready),
        drain,
        new WholeTables(ready, plan, ends.from(), drain, List.of(), () -> ends.workers(ready)),
        settings);
  }
}
