package dev.domicile.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** Every benchmark runs and yields a figure; how high it is depends on the machine. */
final class BenchmarksIT {
  @Test
  void copiesATenantInEachWay() {
    assertThat(
            run(
                "copy",
                "--rows",
                "2000",
                "--shots",
                "1",
                "--jobs",
                "1,2",
                "--sides",
                "GRANTED,ORDINARY,PIPE,LOGICAL,FDW,BATCHES",
                "--profile"))
        .containsPattern("domicile, may switch triggers off, jobs 2 +\\d+\\.\\d\\d ")
        .containsPattern("domicile, ordinary role, jobs 1 +\\d+\\.\\d\\d ")
        .containsPattern("plain pipe +\\d+\\.\\d\\d .* 1\\.00")
        .containsPattern("logical replication, triggers off +\\d+\\.\\d\\d ")
        .containsPattern("postgres_fdw +\\d+\\.\\d\\d ")
        .containsPattern("JDBC batches, triggers off +\\d+\\.\\d\\d ")
        .contains("waiting s");
  }

  @Test
  void copiesManySmallTables() {
    assertThat(run("tables", "--tables", "10", "--shots", "1"))
        .containsPattern("10 +5 +0\\.\\d+ +\\d+\\.\\d\\d ");
  }

  @Test
  void copiesTenantsOfSeveralSizes() {
    assertThat(run("scaling", "--rows", "500", "--factors", "1,2", "--shots", "1"))
        .containsPattern("5\\d\\d +\\d+\\.\\d\\d .* 1\\.00")
        .containsPattern("1\\d\\d\\d +\\d+\\.\\d\\d ");
  }

  @Test
  void seesHowLongWritesPause() {
    assertThat(
            run(
                "cutover",
                "--rows",
                "2000",
                "--cutovers",
                "3",
                "--rate",
                "50",
                "--cost-rounds",
                "1"))
        .containsPattern("longest gap between writes at a cutover, ms +\\d+ ")
        .containsPattern("writes/s of the neighbour during one +\\d+ ")
        .containsPattern("with tenant column, the migrating tenant +\\d+\\.\\d\\d ")
        .containsPattern("without, another tenant +\\d+\\.\\d\\d ");
  }

  @Test
  void routesWithAndWithoutDomicile() {
    assertThat(run("routing", "--shots", "1", "--threads", "1", "--millis", "20"))
        .containsPattern("bareCache +1 +1 +\\d+\\.\\d ")
        .containsPattern("resolve +1 +1 +\\d+\\.\\d ")
        .containsPattern("resolve +10000 +1 +\\d+\\.\\d ")
        .containsPattern("barePool +1 +\\d+\\.\\d ")
        .containsPattern("springRouting +1 +\\d+\\.\\d ")
        .containsPattern("connectionInScope +1 +\\d+\\.\\d ")
        .containsPattern("scopeAndConnection +1 +\\d+\\.\\d ")
        .containsPattern("otherTenant +1 +\\d+\\.\\d ");
  }

  @Test
  void noNodeKeepsAStaleRoute() {
    assertThat(
            run(
                "nodes",
                "--nodes",
                "2",
                "--routes",
                "2000",
                "--watched",
                "20",
                "--rate",
                "100",
                "--seconds",
                "2",
                "--cut-millis",
                "500"))
        .contains("2 nodes have cached 2000 routes each")
        .containsPattern("2 +\\d+ .* 0 +0\\R");
  }

  @Test
  void warmTenantsOutliveTheControlDatabase() {
    assertThat(run("outage", "--seconds", "2", "--warm", "10"))
        .containsPattern("SIGSTOP +\\d+ +0 ")
        .containsPattern("SIGKILL +\\d+ +0 ");
  }

  @Test
  void aDeadRealmHoldsABoundedNumberOfThreads() {
    assertThat(run("isolation", "--seconds", "2", "--rounds", "1", "--rate", "50"))
        .containsPattern("EU +stopped +\\d+ +0 ")
        .contains("a realm holds at most 40 of 200 threads");
  }

  @Test
  void authenticatesHereAndWithAtlassiansLibrary() {
    assertThat(run("authentication", "--shots", "1", "--millis", "20"))
        .containsPattern("call +atlassian +\\d+ ")
        .containsPattern("call +filter +\\d+ ")
        .containsPattern("page +atlassian +\\d+ ")
        .containsPattern("page +filter +\\d+ ");
  }

  private static String run(String... args) {
    StringWriter out = new StringWriter();
    assertThat(Benchmarks.run(new PrintWriter(out, true), args)).as("exit code").isZero();
    return out.toString();
  }
}
