package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.StatementProxy;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Promises P1 to P3 against a process that dies at any of its messages to a database, while the
 * tenant writes: at the commit, on the way back, and in the rollback. {@code
 * -Ddomicile.test.crashes} says how often, {@code -Ddomicile.test.seed} repeats a run.
 */
final class CrashIT {
  private static final int CRASHES = Integer.getInteger("domicile.test.crashes", 8);
  private static final long SEED = Long.getLong("domicile.test.seed", System.nanoTime());
  private static final Progress.Listener NONE = Progress.Listener.NONE;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;

  @BeforeEach
  void create() {
    realms = TwoRealms.withSampleApp(databases, 20);
  }

  @Test
  void whateverMessageIsTheLastTheTenantHasOneHomeWithAllItsRows() throws Exception {
    System.out.printf("Crashes: %d, seed: %d%n", CRASHES, SEED);
    Random random = new Random(SEED);
    List<String> resident = rows(realms.eu, RESIDENT);
    int commitMessages = 0;
    int rollbackMessages = 0;
    try (Tenant tenant = new Tenant()) {
      for (int crash = 0; crash <= CRASHES; crash++) {
        realms.copied();
        // The first time nothing is cut, to count the messages.
        int last = crash == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(commitMessages);
        int sent = crashing(last, migrator -> migrator.commit(TENANT, NONE));
        commitMessages = crash == 0 ? sent : commitMessages;
        recover(tenant, "commit cut after message " + last);
        if (state() == MigrationState.READY_TO_COMMIT) {
          realms.migrator().commit(TENANT, NONE);
        }
        assertThat(state()).isEqualTo(MigrationState.COMMITTED);
        tenant.awaitWrites(3);

        last = crash == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(rollbackMessages);
        sent = crashing(last, migrator -> migrator.rollback(TENANT, NONE));
        rollbackMessages = crash == 0 ? sent : rollbackMessages;
        recover(tenant, "rollback cut after message " + last);
        if (state() == MigrationState.COMMITTED) {
          realms.migrator().rollback(TENANT, NONE);
        }
        assertThat(state()).isEqualTo(MigrationState.ROLLED_BACK);
        requireOneHome(tenant, "rolled back");
        assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
        tenant.awaitWrites(3);
      }
    }
    assertThat(rows(realms.eu, RESIDENT)).isEqualTo(resident);
  }

  private MigrationState state() {
    return realms.migrator().migration(TENANT).state();
  }

  /**
   * Runs the verb until it dies after so many messages, the last of which arrives, and its answer
   * does not; returns how many it sent.
   */
  private int crashing(int last, Consumer<Migrator> verb) {
    AtomicInteger messages = new AtomicInteger();
    StatementProxy.Faults faults =
        point -> point.answered() ? messages.get() >= last : messages.incrementAndGet() > last;
    try (StatementProxy control = new StatementProxy("control", realms.control, faults);
        StatementProxy us = new StatementProxy("us", realms.us, faults);
        StatementProxy eu = new StatementProxy("eu", realms.eu, faults)) {
      MigratorConfig config = realms.smallChunks();
      Migrator migrator =
          new Migrator(
              new MigratorConfig(
                      TwoRealms.config(control.database()),
                      Map.of(
                          US, TwoRealms.config(us.database()), EU, TwoRealms.config(eu.database())),
                      config.tables())
                  .withCopy(config.copy()),
              "crashing");
      try {
        verb.accept(migrator);
      } catch (MigrationException e) {
        assertThat(messages).as(e.getMessage()).hasValueGreaterThanOrEqualTo(last);
      }
      return messages.get();
    }
  }

  private void recover(Tenant tenant, String what) throws Exception {
    realms.migrator().recover(Duration.ZERO);
    assertThat(realms.migrator().recover(Duration.ZERO)).as(what).isEmpty();
    tenant.awaitWrites(3);
    requireOneHome(tenant, what);
  }

  private void requireOneHome(Tenant tenant, String what) throws SQLException {
    tenant.rest();
    Realm home = realms.migrator().routes().find(TENANT).orElseThrow().realm();
    Database here = home.equals(US) ? realms.us : realms.eu;
    Database there = home.equals(US) ? realms.eu : realms.us;
    String names = "SELECT name FROM board WHERE client_key = 'tenant-a' AND name LIKE 'w%'";
    assertThat(Set.copyOf(here.list(names))).as(what).containsAll(tenant.acknowledged);
    if (state() == MigrationState.COMMITTED) {
      assertThatThrownBy(
              () -> there.execute("INSERT INTO board (client_key, name) VALUES ('tenant-a', 'no')"))
          .as(what)
          .hasStackTraceContaining("takes no more writes");
    }
    tenant.resume();
  }

  /** Writes where the route says it lives, and remembers what was acknowledged. */
  private final class Tenant implements AutoCloseable {
    final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Object pause = new Object();
    private final Thread thread = new Thread(this::live, "tenant");
    private boolean resting;
    private int next;

    Tenant() {
      thread.start();
    }

    private void live() {
      while (!over.get()) {
        synchronized (pause) {
          if (!resting) {
            write("w" + next++);
          }
        }
        sleep();
      }
    }

    private void write(String name) {
      List<String> home =
          realms.control.list("SELECT realm FROM domicile.route WHERE client_key = 'tenant-a'");
      Database database = home.get(0).equals("US") ? realms.us : realms.eu;
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("SET lock_timeout = '5s'");
        statement.execute(
            "INSERT INTO board (client_key, name) VALUES ('tenant-a', '" + name + "')");
        acknowledged.add(name);
      } catch (SQLException e) {
        // Refused; whether it is there does not matter, nobody was told so.
        assertThat(e.getSQLState()).isIn("DM001", "40001", "55P03");
      }
    }

    void awaitWrites(int count) {
      int goal = acknowledged.size() + count;
      Instant end = Instant.now().plusSeconds(60);
      while (acknowledged.size() < goal) {
        assertThat(Instant.now()).as("the tenant is served").isBefore(end);
        sleep();
      }
    }

    void rest() {
      synchronized (pause) {
        resting = true;
      }
    }

    void resume() {
      synchronized (pause) {
        resting = false;
      }
    }

    @Override
    public void close() throws InterruptedException {
      over.set(true);
      thread.join();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
