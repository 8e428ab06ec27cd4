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
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A tenant that writes more during each drain than a drain takes along. */
final class CatchUpIT {
  private static final int ROWS = 5_100;
  private static final String BEAT = "UPDATE beat SET n = n + 1 WHERE client_key = 'tenant-a'";
  private static final CutoverSettings SHORT =
      new CutoverSettings(Duration.ofMillis(50), 1, Duration.ofHours(1));

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void endsThoughMoreComesThanIsTakenAlongAndOnlyTheSwitchIsRefused() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    for (Database realm : List.of(realms.us, realms.eu)) {
      realm.execute(
          "CREATE TABLE beat (client_key text, id int, n int, PRIMARY KEY (client_key, id))");
    }
    realms.us.execute(
        "INSERT INTO beat SELECT 'tenant-a', i, 0 FROM generate_series(1, " + ROWS + ") AS i");
    realms.schedule();
    Migration ready = new Migrator(realms.config(), "test").start(TENANT, Progress.Listener.NONE);
    realms.us.execute(BEAT);

    try (Ends ends = Ends.forth(realms.config(), ready)) {
      Cutover cutover = cutover(realms, ends, ready);
      cutover.catchUp();

      assertThat(realms.eu.list("SELECT DISTINCT n > 0 FROM beat WHERE client_key = 'tenant-a'"))
          .containsExactly("t");
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

  private static Cutover cutover(TwoRealms realms, Ends ends, Migration ready) {
    MigrationStore store =
        new MigrationStore(ControlDatabase.open(realms.config().control()), "test");
    Plan plan = Plan.fromJson(store.plan(ready).orElseThrow());
    Drain drain = new Drain(ready, ends.from(), ends.to(), plan, () -> realms.us.execute(BEAT), Notes.DIRECT);
    drain.prepare();
    return new Cutover(
        ready,
        plan,
        ends.fenceFrom(ready),
        drain,
        new WholeTables(
            ready,
            plan,
            ends.from(),
            ends.gatesFrom(ready, plan),
            drain,
            List.of(),
            () -> ends.workers(ready)),
        SHORT);
  }
}
