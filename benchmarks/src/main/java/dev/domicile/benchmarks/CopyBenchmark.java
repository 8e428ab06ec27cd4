package dev.domicile.benchmarks;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.Migration;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.Progress;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.PostgresServer;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * One shot is one move in a JVM of 256 MiB, from the first connection to the last commit. The
 * warm-up moves a small tenant, so that class loading is not part of the shot.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgs = "-Xmx256m")
@Warmup(iterations = 1)
@Measurement(iterations = 1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls choose().
public class CopyBenchmark {
  /** The URL of the control database. */
  @Param("")
  String control;

  /** The URL of the source's database. */
  @Param("")
  String source;

  /** The URL of the target's database. */
  @Param("")
  String target;

  /** How many chunks or parts are copied at the same time. */
  @Param("2")
  int jobs;

  /** The role that opens the target. */
  @Param(PostgresServer.ROLE)
  String role;

  private CopyRealms realms;
  private TenantId tenant;

  /** Chooses the tenant that the next shot moves. */
  @Setup(Level.Iteration)
  public void choose(IterationParams iteration) {
    realms = new CopyRealms(control, source, target, role);
    MemoryPeak.reset();
    tenant = iteration.getType() == IterationType.WARMUP ? CopyRealms.WARM_UP : CopyRealms.MOVING;
  }

  /** Domicile: checks, plans, copies by chunk with checkpoints, and verifies every chunk. */
  @Benchmark
  public Migration domicile() {
    Migrator migrator =
        new Migrator(realms.config().withCopy(CopySettings.DEFAULT.withJobs(jobs)), "benchmarks");
    Instant now = Instant.now();
    migrator.schedule(tenant, CopyRealms.TO, now, now.plus(Duration.ofHours(24)));
    return migrator.start(tenant, Progress.Listener.NONE);
  }

  /** Counts what the shot needed. */
  @TearDown(Level.Iteration)
  public void end(MemoryPeak peak) throws SQLException {
    peak.look();
    LogicalReplication.end(superuser(realms.sourceDatabase()), superuser(realms.targetDatabase()));
  }

  /** The plain way, as a user of the driver would write it. */
  @Benchmark
  public Object pipe() throws SQLException {
    return PlainPipe.copy(realms.sourceDatabase(), realms.targetDatabase(), tenant.clientKey());
  }

  /** The same in parts at the same time, with foreign-key triggers off. */
  @Benchmark
  public void parts() throws SQLException, InterruptedException, ExecutionException {
    PlainPipe.copyInParts(
        realms.sourceDatabase(), realms.targetDatabase(), tenant.clientKey(), jobs);
  }

  /** The plain way, as an administrator would type it. */
  @Benchmark
  public void psql() throws SQLException, IOException, InterruptedException {
    PsqlPipe.copy(realms.sourceDatabase(), realms.targetDatabase(), tenant.clientKey());
  }

  /** A publication with row filters, and the initial copy of a subscription. */
  @Benchmark
  public void logical() throws SQLException, InterruptedException {
    LogicalReplication.copy(
        superuser(realms.sourceDatabase()), superuser(realms.targetDatabase()), tenant.clientKey());
  }

  /** Rows pulled by the target over a foreign server. */
  @Benchmark
  public void fdw() throws SQLException {
    OtherWays.fdw(realms.sourceDatabase(), superuser(realms.targetDatabase()), tenant.clientKey());
  }

  /** Batches of inserts, by a role that may switch triggers off. */
  @Benchmark
  public void batches() throws SQLException {
    OtherWays.batches(realms.sourceDatabase(), realms.targetDatabase(), tenant.clientKey());
  }

  private static Database superuser(Database database) {
    return database.as("postgres", "postgres");
  }
}
