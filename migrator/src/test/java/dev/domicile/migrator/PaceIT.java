package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.session.RealmSession;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The copy goes on by itself after failures that pass, and holds back where it is told to. */
final class PaceIT {
  private static final Duration HOUR = Duration.ofHours(1);

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesOnByItselfAfterAServerRestarts(boolean source) {
    TwoRealms realms = new TwoRealms(databases);
    try (EmbeddedServer server = EmbeddedServer.startDurable()) {
      Database restarted = server.createDatabase("restarted");
      Database us = source ? restarted : realms.us;
      Database eu = source ? realms.eu : restarted;
      SampleApp.create(us, 1, 2);
      SampleApp.create(eu, 2, 2);
      SampleApp.addTenant(us, TENANT.clientKey(), 1000);
      List<String> before = rows(us, TENANT.clientKey());
      Migrator migrator =
          new Migrator(
              realms
                  .config()
                  .withRealms(Map.of(US, TwoRealms.config(us), EU, TwoRealms.config(eu)))
                  .withCopy(new CopySettings(50, 64L << 10, 2)),
              "test");
      migrator.init(false);
      migrator.routes().add(TENANT, US);
      schedule(migrator, HOUR);

      AtomicReference<CompletableFuture<Void>> restart = new AtomicReference<>();
      Migration migration =
          migrator.start(
              TENANT,
              progress -> {
                if (progress.chunks() == 12 && restart.get() == null) {
                  server.kill();
                  restart.set(CompletableFuture.runAsync(server::restart));
                }
              });

      assertThat(restart.get()).succeedsWithin(Duration.ofMinutes(1));
      assertThat(migration.state()).isEqualTo(MigrationState.READY_TO_COMMIT);
      assertThat(rows(eu, TENANT.clientKey())).isEqualTo(before);
    }
  }

  /** A commit of the copy need not be on disk; what a crash has undone is copied again. */
  @Test
  void copiesAgainWhatACrashOfTheTargetHasUndone() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 400);
    schedule(realms.migrator(), HOUR);
    Database eu = TestDatabases.server().asSuperuser(realms.eu);
    AtomicBoolean undone = new AtomicBoolean();

    new Migrator(realms.config().withCopy(new CopySettings(50, 64L << 10, 1)), "test")
        .start(
            TENANT,
            progress -> {
              if (!undone.get()
                  && eu.number(
                          "SELECT count(*) FROM domicile.copy_checkpoint WHERE table_name LIKE"
                              + " '%note'")
                      > 2) {
                undone.set(true);
                eu.execute(
                    """
                    SET session_replication_role = replica;
                    SET domicile.migration = '%d';
                    DELETE FROM domicile.copy_checkpoint WHERE table_name LIKE '%%note';
                    DELETE FROM note WHERE client_key = '%s';
                    """
                        .formatted(realms.migrator().migration(TENANT).id(), TENANT));
              }
            });

    assertThat(undone).isTrue();
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  /** A row that somebody else has locked gives way at last: the chunk is tried again. */
  @Test
  void triesAChunkAgainThatCouldNotGetALock() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 100);
    schedule(realms.migrator(), HOUR);
    try (Connection other = realms.eu.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT FROM label FOR UPDATE");
      CompletableFuture<Migration> copied =
          CompletableFuture.supplyAsync(
              () ->
                  new Migrator(
                          realms
                              .config()
                              .withCopy(
                                  new CopySettings(50, 64L << 10, 2)
                                      .withTimeLimit(Duration.ofSeconds(1))),
                          "test")
                      .start(TENANT, Progress.Listener.NONE));
      assertThatThrownBy(() -> copied.get(4, TimeUnit.SECONDS)).isNotNull();
      other.rollback();

      assertThat(copied).succeedsWithin(Duration.ofMinutes(1));
      assertThat(rows(realms.eu, TENANT.clientKey()))
          .isEqualTo(rows(realms.us, TENANT.clientKey()));
    }
  }

  @Test
  void waitsWhileOthersWaitForTheCopy() throws Exception {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 50);
    schedule(realms.migrator(), HOUR);
    try (RealmSession job = RealmSession.open("realms.EU", TwoRealms.config(realms.eu));
        Connection other = realms.eu.connect();
        Statement statement = other.createStatement()) {
      job.execute("BEGIN; LOCK TABLE public.label IN SHARE MODE");
      CompletableFuture<Boolean> waits =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return statement.execute("UPDATE label SET hex = hex WHERE false");
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await(realms.eu, "SELECT count(*) FROM pg_locks WHERE NOT granted");
      CompletableFuture<Migration> copied =
          CompletableFuture.supplyAsync(
              () -> realms.migrator().start(TENANT, Progress.Listener.NONE));
      await(realms.eu, "SELECT count(*) FROM domicile.copy_chunk");

      assertThatThrownBy(() -> copied.get(3, TimeUnit.SECONDS))
          .isInstanceOf(TimeoutException.class);
      assertThat(realms.eu.number("SELECT count(*) FROM domicile.copy_checkpoint")).isZero();
      job.execute("ROLLBACK");

      assertThat(waits).succeedsWithin(Duration.ofMinutes(1));
      assertThat(copied).succeedsWithin(Duration.ofMinutes(1));
    }
  }

  private static void await(Database database, String count) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (database.number(count) == 0) {
      assertThat(System.nanoTime()).as("waited for: " + count).isLessThan(end);
      Thread.sleep(50);
    }
  }

  @Test
  void keepsToARateUnlessTheWindowIsAtRisk() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 400);
    CopySettings slow = new CopySettings(50, 64L << 10, 2).withBytesPerSecond(200_000L);
    Migrator migrator = new Migrator(realms.config().withCopy(slow), "test");
    schedule(migrator, HOUR);

    Progress end = lastProgress(migrator);

    assertThat(end.bytes()).isGreaterThan(400_000);
    assertThat(end.bytesPerSecond()).as("bytes per second").isBetween(5_000L, 260_000L);
    assertThat(end.left()).isEqualTo(Duration.ZERO);
    migrator.rollback(TENANT, Progress.Listener.NONE);

    CopySettings slowest = slow.withBytesPerSecond(1_000L);
    Migrator late = new Migrator(realms.config().withCopy(slowest), "test");
    schedule(late, Duration.ofSeconds(40));
    assertThat(lastProgress(late).bytesPerSecond())
        .as("at the limit, 1,000, the copy would take ten minutes")
        .isGreaterThan(2_000);
  }

  @Test
  void cutsChunksThatWouldTakeTooLong() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 500);
    realms.eu.execute(
        """
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON board FOR EACH ROW EXECUTE FUNCTION slow();
        CREATE TRIGGER slow BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION slow();
        """);
    CopySettings settings =
        new CopySettings(100_000, 64L << 10, 1).withChunkTime(Duration.ofMillis(50));
    Migrator migrator = new Migrator(realms.config().withCopy(settings), "test");
    schedule(migrator, HOUR);

    List<Integer> totals = Collections.synchronizedList(new ArrayList<>());
    migrator.start(TENANT, progress -> totals.add(progress.totalChunks()));

    assertThat(totals.get(totals.size() - 1))
        .as("chunks at the end, of those planned")
        .isGreaterThan(totals.stream().filter(n -> n > 0).findFirst().orElseThrow());
    CopyComparison copies =
        Objects.requireNonNull(migrator.verify(TENANT, 10, Progress.Listener.NONE).copies());
    assertThat(copies.equal()).isTrue();
    migrator.rollback(TENANT, Progress.Listener.NONE);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
  }

  /** The one that comes second takes the copy over; the first stops at its next chunk. */
  @Test
  void ofTwoMigratorsByMistakeOneStops() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 500);
    schedule(realms.migrator(), HOUR);
    AtomicBoolean second = new AtomicBoolean();

    assertThatThrownBy(
            () ->
                realms
                    .migrator()
                    .start(
                        TENANT,
                        progress -> {
                          if (progress.chunks() == 3 && second.compareAndSet(false, true)) {
                            CompletableFuture.supplyAsync(
                                    () -> realms.migrator().start(TENANT, Progress.Listener.NONE))
                                .join();
                          }
                        }))
        .isInstanceOf(MigrationException.TakenOver.class);

    assertThat(realms.migrator().migration(TENANT).state())
        .isEqualTo(MigrationState.READY_TO_COMMIT);
    assertThat(rows(realms.eu, TENANT.clientKey())).isEqualTo(rows(realms.us, TENANT.clientKey()));
  }

  private static Progress lastProgress(Migrator migrator) {
    AtomicReference<Progress> last = new AtomicReference<>();
    migrator.start(TENANT, last::set);
    return Objects.requireNonNull(last.get());
  }

  private static void schedule(Migrator migrator, Duration window) {
    migrator.schedule(TENANT, EU, Instant.now(), Instant.now().plus(window));
  }
}
